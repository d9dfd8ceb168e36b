// Paths of the hubs, and the options of each that differ from the defaults.
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;

namespace Original;

public static class Hubs
{
    /// <param name="protocols">Protocols of the hubs. One hub always has both.</param>
    public static void AddHubs(this IServiceCollection services, string[] protocols)
    {
        services.AddSignalR(options => options.SupportedProtocols = protocols)
            .AddHubOptions<DetailedHub>(Detailed)
            .AddHubOptions<FastHub>(options =>
            {
                Detailed(options);
                options.HandshakeTimeout = TimeSpan.FromSeconds(1);
                options.KeepAliveInterval = TimeSpan.FromSeconds(1);
                options.ClientTimeoutInterval = TimeSpan.FromSeconds(2);
            })
            .AddHubOptions<SmallHub>(options =>
            {
                Detailed(options);
                options.MaximumReceiveMessageSize = 300;
            })
            .AddHubOptions<LargeHub>(options => options.MaximumReceiveMessageSize = null)
            .AddHubOptions<ParallelHub>(options => options.MaximumParallelInvocationsPerClient = 2)
            .AddHubOptions<StatefulSmallHub>(options => options.StatefulReconnectBufferSize = 500)
            .AddHubOptions<FilteredHub>(options => options.AddFilter(new SkippingFilter()))
            .AddHubOptions<TracedHub>(options =>
            {
                options.AddFilter(new TracingFilter("outer"));
                options.AddFilter(new TracingFilter("inner"));
            })
            .AddHubOptions<UncreatableHub>(Detailed)
            .AddHubOptions<TestHub>(Detailed)
            .AddHubOptions<StandinBinaryHub>(options => options.SupportedProtocols = ["json", "messagepack"])
            .AddMessagePack();
    }

    public static void MapHubs(this WebApplication app)
    {
        app.MapHub<PlainHub>("/plain");
        app.MapHub<DetailedHub>("/detailed");
        app.MapHub<FastHub>("/fast");
        app.MapHub<SmallHub>("/small");
        app.MapHub<LargeHub>("/large");
        app.MapHub<ParallelHub>("/parallel");
        app.MapHub<StatefulHub>("/stateful", options => options.AllowStatefulReconnects = true);
        app.MapHub<StatefulSmallHub>("/stateful-small", options => options.AllowStatefulReconnects = true);
        app.MapHub<SendTimeoutHub>("/sendtimeout", options => options.TransportSendTimeout = TimeSpan.FromSeconds(1));
        app.MapHub<ReadingHub>("/reading", options => options.AllowStatefulReconnects = true);
        app.MapHub<StandinBinaryHub>("/standin-binary");
        app.MapHub<FilteredHub>("/filtered");
        app.MapHub<ModeHub>("/mode");
        app.MapHub<TracedHub>("/traced");
        app.MapHub<RefusingHub>("/refusing");
        app.MapHub<RefusingWithHubExceptionHub>("/refusing-hub-exception");
        app.MapHub<UncreatableHub>("/uncreatable");

        app.MapHub<TestHub>("/testhub");
        app.MapHub<TestHub>("/testhub-nowebsockets", options => options.Transports = HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling);
        app.MapHub<TestHub>("/testhub-ws", options => options.Transports = HttpTransportType.WebSockets);
        app.MapHub<TestHub>("/testhub-sse", options => options.Transports = HttpTransportType.ServerSentEvents);
        app.MapHub<TestHub>("/testhub-lp", options => options.Transports = HttpTransportType.LongPolling);
        app.MapHub<TestHub>("/testhub-shortpoll", options => options.LongPolling.PollTimeout = TimeSpan.FromSeconds(1));
        app.MapHub<TestHub>("/testhub-v1", options => options.MinimumProtocolVersion = 1);

        app.MapHub<AuthorizedHub>("/authorizedhub");
        app.MapHub<AuthStayingHub>("/authstaying");
        app.MapHub<AuthExpiringHub>("/authexpiring", options => options.CloseOnAuthenticationExpiration = true);
        app.MapHub<AdminHub>("/adminhub");

        app.MapConnectionHandler<EchoEndpoint>("/echo");
        app.MapConnectionHandler<EchoEndpoint>("/echo-smallbuffers", options =>
        {
            options.ApplicationMaxBufferSize = 1024;
            options.TransportMaxBufferSize = 1024;
        });
    }

    private static void Detailed(HubOptions options) => options.EnableDetailedErrors = true;
}
