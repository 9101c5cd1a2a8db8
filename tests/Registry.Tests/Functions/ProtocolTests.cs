using Registry.Tests.Http;
using Xunit;

namespace Registry.Tests.Functions;

// The tests of the protocol once more, through the Functions host and its worker.

[Collection(FunctionsApp.Collection)]
public class FunctionsUploadTests(FunctionsApp app) : UploadEndpointsTests(app.Registry);

[Collection(FunctionsApp.Collection)]
public class FunctionsBlobTests(FunctionsApp app) : BlobEndpointsTests(app.Registry);

[Collection(FunctionsApp.Collection)]
public class FunctionsManifestTests(FunctionsApp app) : ManifestEndpointsTests(app.Registry);
