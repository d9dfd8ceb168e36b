#if OWN_TRANSPORTS
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.Extensions.DependencyInjection;

/// <summary>The client's own transports, set up as <c>WithUrl</c> of its package for applications does it.</summary>
public static class OwnTransports
{
    public static void AddOwnTransports(this IServiceCollection services, Uri hub, string transport, string token)
    {
        services.Configure<HttpConnectionOptions>(options =>
        {
            options.Url = hub;
            options.Transports = Enum.Parse<HttpTransportType>(transport);
            options.DefaultTransferFormat = TransferFormat.Text;
            options.AccessTokenProvider = () => Task.FromResult<string?>(token);
        });
        services.AddSingleton<IConnectionFactory, HttpConnectionFactory>();
    }
}
#endif
