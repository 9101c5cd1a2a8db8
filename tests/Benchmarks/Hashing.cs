using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Registry.Hashing;
using Registry.Oci;

namespace Registry.Benchmarks;

/// <summary>
/// Hashes a block of 4 MiB with the digest whose state can be serialized, and with the platform's, whose state cannot.
/// </summary>
[MemoryDiagnoser]
public class Hashing : IDisposable
{
    readonly byte[] _block = RandomNumberGenerator.GetBytes(4 << 20);
    readonly byte[] _result = new byte[64];
    IncrementalHash? _platform;
    RunningDigest? _running;
    RunningDigest? _portable;

    [Params("sha256", "sha512")]
    public string Algorithm { get; set; } = "";

    public static void Run() =>
        BenchmarkRunner.Run<Hashing>(DefaultConfig.Instance.AddJob(Job.ShortRun.WithToolchain(new InProcessEmitToolchain(new())))
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "registry-benchmarks-hashing")));

    [GlobalSetup]
    public void SetUp()
    {
        var algorithm = DigestAlgorithm.Parse(Algorithm);
        _platform = IncrementalHash.CreateHash(Algorithm == "sha256" ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512);
        _running = RunningDigest.Create(algorithm);
        _portable = new PortableSha2(algorithm);
    }

    [Benchmark(Baseline = true)]
    public void Platform()
    {
        _platform!.AppendData(_block);
        _platform.GetHashAndReset(_result);
    }

    [Benchmark]
    public void OpenSslWithState() => _running!.Append(_block);

    [Benchmark]
    public void Portable() => _portable!.Append(_block);

    public void Dispose()
    {
        _platform?.Dispose();
        _running?.Dispose();
        _portable?.Dispose();
        GC.SuppressFinalize(this);
    }
}
