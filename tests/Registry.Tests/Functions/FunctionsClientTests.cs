using Registry.Tests.Clients;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Functions;

/// <summary>oras, crane and skopeo, of which the first two send layers with a <c>Content-Length</c>.</summary>
[Collection(FunctionsApp.Collection)]
public class FunctionsClientTests(FunctionsApp app, ITestOutputHelper output) : LargeLayerTest(app.Registry, output);
