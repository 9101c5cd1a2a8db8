using System.Numerics;

namespace Registry.Tests.Model;

/// <summary>What a row or an object is: the prefixes of Layout, the rows of table <c>digests</c>, and the objects.</summary>
enum Kind
{
    /// <summary><c>b:</c>; its value is an object.</summary>
    Link,

    /// <summary><c>m:</c></summary>
    Manifest,

    /// <summary><c>x:</c></summary>
    Deleted,

    /// <summary><c>t:</c>; its value is a manifest.</summary>
    Tag,

    /// <summary><c>d:</c></summary>
    TagOf,

    /// <summary><c>p:</c></summary>
    Pending,

    /// <summary><c>u:</c>; its value is the set of acknowledged chunks.</summary>
    Session,

    /// <summary>In <c>uploads</c>; its value is the set of chunks.</summary>
    Staged,

    /// <summary>Its value is an object.</summary>
    Content,
    Owner,

    /// <summary>In <c>blobs</c>.</summary>
    Object,

    /// <summary>The location of a session that had no row when it was given to the client; it expires like a session.</summary>
    Location,
}

/// <summary>A row of a table or an object of a container.</summary>
struct Row
{
    public bool Exists;
    public bool MarkedForDeletion;

    /// <summary>Of a session: finished. Of an object: committed.</summary>
    public bool Done;
    public byte Value;

    /// <summary>Ticks since it was written, up to the largest that any actor reads.</summary>
    public byte Age;

    /// <summary>
    /// The collectors, as bits, for which it is old: it was old at the beginning of their sweep, and no actor has written it
    /// since.
    /// </summary>
    public byte OldFor;
    public int ETag;
}

/// <summary>A row as an actor has read it.</summary>
struct Seen
{
    /// <summary>Its index, and one; 0 for nothing read.</summary>
    public byte Row;
    public bool Exists;
    public bool MarkedForDeletion;
    public bool Done;
    public bool Old;
    public byte Value;
    public int ETag;
}

/// <summary>The state of an actor between two steps; each uses the fields that it needs.</summary>
struct Locals
{
    public byte At;
    public byte Attempt;
    public byte Job;

    /// <summary>The object that will be linked; of a collector the objects, as bits, that were listed as old.</summary>
    public byte Object;

    /// <summary>Those of them, as bits, that were uncommitted.</summary>
    public byte Uncommitted;

    /// <summary>The next item of an iteration.</summary>
    public byte Next;
    public bool Marked;
    public Seen A, B, C;

    /// <summary>One more than the ticks since the request's deadline began to run; 0 if it does not run.</summary>
    public byte Since;

    /// <summary>
    /// One more than the ticks since the blob, or its session, was acknowledged to the client; 0 if it was not.
    /// </summary>
    public byte Promised;
}

/// <summary>The storage and the state of all actors at one moment. A step changes a copy of it.</summary>
sealed class World
{
    readonly Row[] _rows;
    readonly Locals[] _actors;
    int _lastETag;

    public World(Scope scope)
    {
        Scope = scope;
        _rows = new Row[scope.Rows];
        _actors = new Locals[scope.Actors.Length];
    }

    public Scope Scope { get; }

    /// <summary>
    /// What may be missing, one bit for each row: links that a client has deleted since they were last needed, and chunks of a
    /// session that a request has tried to end, which later chunks do not keep alive.
    /// </summary>
    public uint Excused { get; private set; }

    /// <summary>Manifests of which a client has deleted a child, as bits: the child is missing legitimately.</summary>
    public byte Orphaned { get; set; }

    /// <summary>Sessions that have ended, as bits: none takes another chunk or becomes another blob.</summary>
    public byte Ended { get; private set; }

    /// <summary>The invariant that the last step has violated.</summary>
    public string? Violation { get; private set; }

    public ref Row this[int row] => ref _rows[row];

    public ref Locals Of(Actor actor) => ref _actors[actor.Index];

    public void CopyFrom(World other)
    {
        other._rows.CopyTo(_rows, 0);
        other._actors.CopyTo(_actors, 0);
        _lastETag = other._lastETag;
        (Excused, Orphaned, Ended, Violation) = (other.Excused, other.Orphaned, other.Ended, null);
    }

    public void End(int session) => Ended |= (byte)(1 << session);

    public bool HasEnded(int session) => (Ended & 1 << session) != 0;

    public void Break(string promise) => Violation ??= promise;

    /// <summary>Inserts a row or replaces it.</summary>
    public void Put(int row, int value = 0, bool done = false) =>
        _rows[row] = new Row { Exists = true, Value = (byte)value, Done = done, ETag = ++_lastETag };

    public bool IsExcused(int row) => (Excused & 1u << row) != 0;

    public void Excuse(int row, bool excused) => Excused = excused ? Excused | 1u << row : Excused & ~(1u << row);

    /// <summary>Gives a row a new ETag and Timestamp.</summary>
    public void Touch(int row) => (_rows[row].ETag, _rows[row].Age, _rows[row].OldFor) = (++_lastETag, 0, 0);

    public void MarkForDeletion(int row, bool markedForDeletion)
    {
        _rows[row].MarkedForDeletion = markedForDeletion;
        Touch(row);
    }

    public void Delete(int row) => _rows[row] = default;

    /// <summary>A row that an actor takes for missing without reading it.</summary>
    public static Seen Missing(int row) => new() { Row = (byte)(row + 1) };

    public Seen Read(int row, Actor? collector = null)
    {
        ref var r = ref _rows[row];
        return new Seen
        {
            Row = (byte)(row + 1),
            Exists = r.Exists,
            MarkedForDeletion = r.MarkedForDeletion,
            Done = r.Done,
            Value = r.Value,
            ETag = r.ETag,
            Old = collector is not null && IsOld(row, collector),
        };
    }

    /// <summary>Whether the row is as it was read: the condition If-Match, or that it does not exist.</summary>
    public bool IsUnchanged(in Seen seen) => _rows[seen.Row - 1].ETag == seen.ETag;

    /// <summary>If-Match, unless a mutation leaves it out: then the row only has to exist.</summary>
    public bool Matches(in Seen seen, Mutation leftOut) => Scope.Has(leftOut) ? _rows[seen.Row - 1].Exists : IsUnchanged(seen);

    /// <summary>
    /// Whether a collector considers it older than the grace period (or, for a tombstone, the retention of deletions).
    /// </summary>
    public bool IsOld(int row, Actor collector) => Scope.Has(Mutation.NowIsReadLate)
        ? _rows[row].Exists && _rows[row].Age >= Scope.Limit(row)
        : (_rows[row].OldFor & 1 << collector.Index) != 0;

    /// <summary>A collector reads the storage's time: from now on it sees the present ages of these rows.</summary>
    public void ReadNow(Actor collector, Kind kind)
    {
        for (var i = Scope.First(kind); i < Scope.End(kind); i++)
        {
            if (_rows[i].Exists && (_rows[i].Age >= Scope.Limit(i) || Scope.HasNoGrace(kind)))
                _rows[i].OldFor |= (byte)(1 << collector.Index);
        }
    }

    public void ForgetNow(Actor collector)
    {
        for (var i = 0; i < _rows.Length; i++) _rows[i].OldFor &= (byte)~(1 << collector.Index);
    }

    /// <summary>Time passes.</summary>
    public void Tick()
    {
        for (var i = 0; i < _rows.Length; i++)
        {
            ref var row = ref _rows[i];
            if (row.Exists && Scope.HasAge(i, row) && row.Age < Scope.Limit(i)) row.Age++;
        }
        foreach (var actor in Scope.Actors)
        {
            ref var me = ref _actors[actor.Index];
            if (me.Promised > 0 && me.Promised <= Scope.Clock.Grace) me.Promised++;
            if (me.Since > 0 && ++me.Since > Scope.Clock.Deadline + 1) actor.GiveUp(this);
        }
    }

    /// <summary>All actors stop, and enough time passes for everything to be old.</summary>
    public void Rest()
    {
        Array.Clear(_actors);
        for (var i = 0; i < _rows.Length; i++)
        {
            _rows[i].OldFor = 0;
            if (_rows[i].Exists && Scope.HasAge(i, _rows[i])) _rows[i].Age = (byte)Scope.Limit(i);
        }
    }

    /// <summary>
    /// What distinguishes states, hashed to 128 bits: of ETags, only whether what an actor remembers is still current. Two
    /// states with one hash would be taken for one; among a million the chance of that is 10⁻²⁷.
    /// </summary>
    public UInt128 Hash(bool storageOnly)
    {
        var hash = new Hasher();
        foreach (ref readonly var row in _rows.AsSpan())
        {
            if (!row.Exists)
            {
                hash.Add(0);
                continue;
            }
            var flags = 1 | (row.MarkedForDeletion ? 2 : 0) | (row.Done ? 4 : 0) | row.Value << 3;
            hash.Add((ulong)(storageOnly ? flags : flags | row.Age << 11 | row.OldFor << 16));
        }
        hash.Add(Excused | (ulong)Orphaned << 32 | (ulong)Ended << 40);
        if (storageOnly) return hash.Value;
        foreach (ref readonly var me in _actors.AsSpan())
        {
            hash.Add(me.At | (ulong)me.Attempt << 8 | (ulong)me.Job << 16 | (ulong)me.Object << 24 | (ulong)me.Next << 32
                | (ulong)me.Since << 40 | (ulong)me.Promised << 48 | (me.Marked ? 1ul << 56 : 0) | (ulong)me.Uncommitted << 57);
            hash.Add(Flags(me.A) | Flags(me.B) << 20 | Flags(me.C) << 40);
        }
        return hash.Value;
    }

    ulong Flags(in Seen seen) => seen.Row == 0 ? 0 : seen.Row | (seen.Exists ? 1ul << 8 : 0) | (seen.MarkedForDeletion ? 1ul << 9 : 0)
        | (seen.Done ? 1ul << 10 : 0) | (seen.Old ? 1ul << 11 : 0) | (IsUnchanged(seen) ? 1ul << 12 : 0) | (ulong)seen.Value << 13;

    struct Hasher()
    {
        ulong _a = 0x9E3779B97F4A7C15, _b = 0xD1B54A32D192ED03;

        public readonly UInt128 Value => new(Mix(_a), Mix(_b));

        public void Add(ulong value)
        {
            _a = BitOperations.RotateLeft((_a ^ value) * 0xBF58476D1CE4E5B9, 29);
            _b = BitOperations.RotateLeft((_b + value) * 0x94D049BB133111EB, 37) ^ _a >> 32;
        }

        static ulong Mix(ulong x)
        {
            x = (x ^ x >> 33) * 0xFF51AFD7ED558CCD;
            x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53;
            return x ^ x >> 33;
        }
    }
}
