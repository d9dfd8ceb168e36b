// Requests of the transcripts to the server outside its hubs.
using Microsoft.AspNetCore.SignalR;

namespace Original;

public static class Outside
{
    private static int s_redirects;

    public static void MapOutside(this WebApplication app)
    {
        app.MapGet("/events", (Events events) => events.Lines);
        app.MapGet("/jwt/{user}", (string user, string? role, int? seconds, Tokens tokens) =>
            Results.Text(tokens.For(user, role, TimeSpan.FromSeconds(seconds ?? 3600))));

        app.MapGet("/send/plain/{whom}/{name}/{text}", (string whom, string name, string text, IHubContext<PlainHub> hub) =>
            Receivers(hub.Clients, whom, name).SendAsync("Message", text));
        app.MapGet("/clientresult/{id}", async (string id, IHubContext<TestHub> hub, CancellationToken gone) =>
        {
            try
            {
                return Results.Text($"{await hub.Clients.Client(id).InvokeAsync<int>("Result", gone)}");
            }
            catch (Exception exception)
            {
                return Results.Text(exception.Message);
            }
        });

        // Answers to negotiations that the application gives itself.
        app.MapPost("/redirect/negotiate", (string baseUrl) =>
            Results.Json(new { url = $"{baseUrl}/testHub?numRedirects={Interlocked.Increment(ref s_redirects)}" }));
        app.MapPost("/token-redirect/negotiate", (HttpRequest request, Tokens tokens) => Results.Json(new
        {
            url = $"http://{request.Host}/authorizedhub",
            accessToken = tokens.For("redirected", null, TimeSpan.FromHours(1)),
        }));
        app.MapPost("/negotiate-error/negotiate", () =>
            Results.Text("""{"error":"not today"}""", "application/json"));
        app.Map("/echoredirect/{**rest}", (string? rest, HttpRequest request) =>
            Results.Redirect($"/echo{(rest is null ? "" : $"/{rest}")}{request.QueryString}", preserveMethod: true));
    }

    private static IClientProxy Receivers(IHubClients clients, string whom, string name) => whom switch
    {
        "group" => clients.Group(name),
        "user" => clients.User(name),
        "client" => clients.Client(name),
        _ => clients.All,
    };
}
