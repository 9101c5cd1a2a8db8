using Xunit;

namespace Registry.Tests.Pages;

/// <summary>Tests that look at pages share one browser and one registry, and take turns.</summary>
[CollectionDefinition(Name)]
public class PagesCollection : ICollectionFixture<Browser>, ICollectionFixture<Exhibits>
{
    public const string Name = "pages";
}
