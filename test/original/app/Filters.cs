using Microsoft.AspNetCore.SignalR;

namespace Original;

/// <summary>Passes everything on except <c>Echo("skip")</c>, and throws at <c>Echo("throw")</c>.</summary>
public sealed class SkippingFilter : IHubFilter
{
    public ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext context, Func<HubInvocationContext, ValueTask<object?>> next) =>
        (context.HubMethodName, context.HubMethodArguments) switch
        {
            ("Echo", ["skip"]) => new(result: null),
            ("Echo", ["throw"]) => throw new InvalidOperationException("filter"),
            _ => next(context),
        };
}

/// <summary>Records each call that passes it. <c>?filter=</c> selects what the outer one does at the beginning.</summary>
public sealed class TracingFilter(string name) : IHubFilter
{
    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext context, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        Note(context.ServiceProvider, context.Context, $"before {context.HubMethodName}");
        var result = await next(context);
        Note(context.ServiceProvider, context.Context, $"after {context.HubMethodName}");
        return result;
    }

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        var does = name == "outer" ? (string?)context.Context.GetHttpContext()?.Request.Query["filter"] : null;
        Note(context.ServiceProvider, context.Context, "before connecting");
        if (does == "skip") return;
        if (does == "throw") throw new HubException("filter");
        try
        {
            await next(context);
            Note(context.ServiceProvider, context.Context, "after connecting");
        }
        catch (Exception) when (does == "swallow")
        {
            Note(context.ServiceProvider, context.Context, "swallowed");
        }
    }

    public async Task OnDisconnectedAsync(
        HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        Note(context.ServiceProvider, context.Context, "before disconnecting");
        await next(context, exception);
        Note(context.ServiceProvider, context.Context, "after disconnecting");
    }

    private void Note(IServiceProvider services, HubCallerContext caller, string what) =>
        services.GetRequiredService<Events>().Add(nameof(TracedHub), caller.ConnectionId, $"{name} {what}");
}
