using System.Collections.Concurrent;

namespace Original;

/// <summary>Connection events that the hubs recorded, which the transcripts ask for.</summary>
public sealed class Events
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public void Add(string hub, string connectionId, string what) => _lines.Enqueue($"{hub} {connectionId} {what}");

    public static string Told(Exception exception) => $"{exception.GetType().Name}: {exception.Message}";
}
