// The methods that stream, in either direction.
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;

namespace Original;

public abstract partial class FullHub
{
    // ---------- to the client

    public ChannelReader<int> Counter(int count)
    {
        var channel = Channel.CreateUnbounded<int>();
        for (var n = 0; n < count; n++) channel.Writer.TryWrite(n);
        channel.Writer.Complete();
        return channel.Reader;
    }

    public async IAsyncEnumerable<int> Ticks(int count, int ms, [EnumeratorCancellation] CancellationToken cancelled)
    {
        try
        {
            for (var n = 0; n < count; n++)
            {
                await Task.Delay(ms, cancelled);
                yield return n;
            }
        }
        finally
        {
            Note($"ticksEnded {(cancelled.IsCancellationRequested ? "cancelled" : "by itself")}");
        }
    }

    public async IAsyncEnumerable<int> TicksUncaring(int count, int ms)
    {
        for (var n = 0; n < count; n++)
        {
            await Task.Delay(ms);
            yield return n;
        }
    }

    public ChannelReader<int> TicksChannel(int count, int ms)
    {
        var channel = Channel.CreateUnbounded<int>();
        _ = WriteAsync();
        return channel.Reader;

        async Task WriteAsync()
        {
            await foreach (var n in TicksUncaring(count, ms)) channel.Writer.TryWrite(n);
            channel.Writer.Complete();
        }
    }

    public async IAsyncEnumerable<int> StreamThrow(int count)
    {
        await Task.Yield();
        for (var n = 0; n < count; n++) yield return n;
        throw new InvalidOperationException("from stream");
    }

    public async IAsyncEnumerable<int> StreamThrowHub()
    {
        await Task.Yield();
        yield return 1;
        throw new HubException("from stream");
    }

    public IAsyncEnumerable<int> StreamThrowEarly(string? message) => throw new InvalidOperationException(message);
    public IAsyncEnumerable<int> NullStream() => null!;

    public async Task<ChannelReader<int>> TaskStream(int count)
    {
        await Task.Yield();
        return Counter(count);
    }

    // ---------- from the client

    public async Task<string> Concat(IAsyncEnumerable<string> items)
    {
        var all = "";
        await foreach (var item in items) all += item;
        return all;
    }

    public async Task<string> ConcatWith(string before, IAsyncEnumerable<string> items) => before + await Concat(items);

    public async Task<string> ConcatAfter(int ms, IAsyncEnumerable<string> items)
    {
        await Task.Delay(ms);
        return await Concat(items);
    }

    public async Task<int> Sum(IAsyncEnumerable<int> a, IAsyncEnumerable<int> b)
    {
        var sum = 0;
        await foreach (var item in a) sum += item;
        await foreach (var item in b) sum += item;
        return sum;
    }

    public async IAsyncEnumerable<string> StreamEcho(IAsyncEnumerable<string> items)
    {
        await foreach (var item in items) yield return $"echo:{item}";
    }

    public async Task<string> UploadCaught(IAsyncEnumerable<int> items)
    {
        try
        {
            await foreach (var _ in items) { }
            return "no error";
        }
        catch (Exception exception)
        {
            return Events.Told(exception);
        }
    }

    public async Task UploadRecorded(IAsyncEnumerable<string> items)
    {
        var count = 0;
        try
        {
            await foreach (var _ in items) count++;
            Note($"uploaded {count}");
        }
        catch (Exception exception)
        {
            Note($"uploadFailed {count} {Events.Told(exception)}");
        }
    }

    public string UploadIgnore(IAsyncEnumerable<string> items) => "done";

    public async Task<string> UploadIgnoreAfter(int ms, IAsyncEnumerable<string> items)
    {
        await Task.Delay(ms);
        return "done";
    }

    public Task UploadDontRead(IAsyncEnumerable<string> items) => Aborted();
}
