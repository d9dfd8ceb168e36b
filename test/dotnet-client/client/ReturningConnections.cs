using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Abstractions;

/// <summary>Negotiates stateful reconnect.</summary>
public sealed class ReturningConnections : IConnectionFactory
{
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endPoint, CancellationToken cancelled = default)
    {
        var hub = ((UriEndPoint)endPoint).Uri;
        var negotiation = new UriBuilder(hub) { Scheme = "http", Query = "negotiateVersion=1&useStatefulReconnect=true" };
        negotiation.Path += "/negotiate";
        using var http = new HttpClient();
        var answer = await (await http.PostAsync(negotiation.Uri, null, cancelled)).Content.ReadFromJsonAsync<JsonElement>(cancelled);
        if (!answer.GetProperty("useStatefulReconnect").GetBoolean()) throw new InvalidOperationException("not allowed");
        var address = new UriBuilder(hub) { Query = $"id={answer.GetProperty("connectionToken").GetString()}" }.Uri;
        return await ReturningConnection.OpenAsync(address, answer.GetProperty("connectionId").GetString()!, cancelled);
    }
}

/// <summary>
/// Opens another WebSocket when it has lost one. The hub connection above it is told, and sends again what may have been
/// lost.
/// </summary>
public sealed class ReturningConnection : DefaultConnectionContext, IDuplexPipe, IStatefulReconnectFeature
{
    private readonly Uri _address;
    private readonly Pipe _received = new();
    private Pipe _toSend = new();
    private Func<PipeWriter, Task> _returned = _ => Task.CompletedTask;
    private bool _mayReturn = true;
    private Task _life = Task.CompletedTask;

    private ReturningConnection(Uri address, string id) : base(id)
    {
        _address = address;
        Transport = this;
        Features.Set<IStatefulReconnectFeature>(this);
    }

    public static async Task<ReturningConnection> OpenAsync(Uri address, string id, CancellationToken cancelled)
    {
        var connection = new ReturningConnection(address, id);
        connection._life = connection.LiveAsync(await connection.DialAsync(cancelled));
        return connection;
    }

    public PipeReader Input => _received.Reader;
    public PipeWriter Output => _toSend.Writer;

    public void OnReconnected(Func<PipeWriter, Task> notifyOnReconnect) => _returned = notifyOnReconnect;
    public void DisableReconnect() => _mayReturn = false;

    public override async ValueTask DisposeAsync()
    {
        _mayReturn = false;
        await Output.CompleteAsync();
        await _life;
        await base.DisposeAsync();
    }

    private async Task LiveAsync(ClientWebSocket first)
    {
        Exception? failure = null;
        try
        {
            var isLost = await CarryAsync(first, () => Task.CompletedTask);
            while (isLost && _mayReturn) isLost = await CarryAsync(await ReturnAsync(), () => _returned(Output));
            if (isLost) failure = new ConnectionResetException("The WebSocket was lost.");
        }
        catch (Exception exception)
        {
            failure = exception;
        }
        await _toSend.Reader.CompleteAsync(failure);
        await _received.Writer.CompleteAsync(failure);
    }

    private async Task<ClientWebSocket> ReturnAsync()
    {
        var old = _toSend;
        _toSend = new Pipe();
        await old.Reader.CompleteAsync();
        return await DialAsync(default);
    }

    private async Task<ClientWebSocket> DialAsync(CancellationToken cancelled)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(_address, cancelled);
        return socket;
    }

    /// <returns>Whether the WebSocket was lost, and not closed.</returns>
    private async Task<bool> CarryAsync(ClientWebSocket socket, Func<Task> opened)
    {
        using (socket)
        {
            var reader = _toSend.Reader;
            var sending = SendAsync(socket, reader);
            // Before anything is received: from now on the hub connection waits for the server's Sequence.
            await opened();
            var isLost = await ReceiveAsync(socket);
            reader.CancelPendingRead();
            await sending;
            if (socket.State == WebSocketState.CloseReceived) await CloseAsync(socket);
            return isLost;
        }
    }

    private static async Task SendAsync(WebSocket socket, PipeReader from)
    {
        try
        {
            while (true)
            {
                var read = await from.ReadAsync();
                if (read.IsCanceled) return;
                if (!read.Buffer.IsEmpty) await socket.SendAsync(read.Buffer.ToArray(), WebSocketMessageType.Text, true, default);
                from.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
            await CloseAsync(socket);
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            // Writers neither wait nor get an error meanwhile: the hub connection keeps what they write, and sends it again.
            await from.CompleteAsync();
        }
    }

    private async Task<bool> ReceiveAsync(WebSocket socket)
    {
        // Half a message is not passed on: the server sends it again.
        var message = new ArrayBufferWriter<byte>();
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(message.GetMemory(4096), default);
                if (part.MessageType == WebSocketMessageType.Close) return false;
                message.Advance(part.Count);
                if (!part.EndOfMessage) continue;
                await _received.Writer.WriteAsync(message.WrittenMemory);
                message.ResetWrittenCount();
            }
        }
        catch (Exception exception) when (IsLoss(exception))
        {
            return true;
        }
    }

    /// <summary>Some operations on an aborted socket report that they were cancelled.</summary>
    private static bool IsLoss(Exception exception) => exception is WebSocketException or OperationCanceledException;

    private static Task CloseAsync(WebSocket socket) => socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
}
