// Tokens for tests: user and expiry in plain text, with a signature. They are no real JWTs.
using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Original;

public sealed class Tokens
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    public string For(string user, string? role, TimeSpan lifetime)
    {
        var until = DateTimeOffset.UtcNow.Add(lifetime).ToUnixTimeMilliseconds();
        var text = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{until} {user} {role}"));
        return text + SignatureOf(text);
    }

    /// <returns>Null when the token is not one of ours, or has expired.</returns>
    public (string User, string Role, DateTimeOffset Until)? Read(string token)
    {
        var length = Base64Url.GetEncodedLength(HMACSHA256.HashSizeInBytes);
        if (token.Length <= length || token[^length..] != SignatureOf(token[..^length])) return null;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.AsSpan()[..^length])).Split(' ');
        var until = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(parts[0]));
        return until < DateTimeOffset.UtcNow ? null : (parts[1], parts[2], until);
    }

    private string SignatureOf(string text) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text)));
}

public sealed class BearerOptions : AuthenticationSchemeOptions;

/// <summary>The token is in the header, or else in the query, where browsers have to put it.</summary>
public sealed class Bearer(
    Tokens tokens, IOptionsMonitor<BearerOptions> options, ILoggerFactory logs, UrlEncoder encoder)
    : AuthenticationHandler<BearerOptions>(options, logs, encoder)
{
    public const string Name = "Bearer";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(Authenticate());

    private AuthenticateResult Authenticate()
    {
        string? header = Request.Headers.Authorization;
        var token = header?.StartsWith("Bearer ") == true ? header["Bearer ".Length..] : (string?)Request.Query["access_token"];
        if (token is null) return AuthenticateResult.NoResult();
        if (tokens.Read(token) is not var (user, role, until)) return AuthenticateResult.Fail("no good token");
        var claims = new List<Claim> { new(ClaimTypes.NameIdentifier, user) };
        if (role != "") claims.Add(new Claim(ClaimTypes.Role, role));
        var principal = new ClaimsPrincipal(new ClaimsIdentity(claims, Name));
        return AuthenticateResult.Success(new(principal, new AuthenticationProperties { ExpiresUtc = until }, Name));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = Name;
        return base.HandleChallengeAsync(properties);
    }
}
