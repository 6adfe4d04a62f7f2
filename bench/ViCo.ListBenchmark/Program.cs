using System.Globalization;
using ViCo.ListBenchmark;

// list-benchmark [pictures of the large tenant, default 100000] [folder of the store, default a temporary one]
var large = args is [{ } pictures, ..] ? int.Parse(pictures, CultureInfo.InvariantCulture) : 100_000;
var folder = args is [_, { } given, ..] ? given : Directory.CreateTempSubdirectory("vico-lists-").FullName;
var platform = await Platform.StartAsync(folder);

var few = await Filling.FillAsync(platform, "few", pictures: 100);
var many = await Filling.FillAsync(platform, "many", large);
Console.WriteLine(
    $"{many.Pictures} pictures in {many.Jobs} drawings were written by the jobs' own grains in {many.Took.TotalSeconds:0} s, "
    + $"100 in {few.Took.TotalSeconds:0.0} s; store: {folder}");

await platform.DisposeAsync();
platform = await Platform.StartAsync(folder);

// After a restart: the first call of a tenant finds its index on the disk; what people do all day finds it in memory. In turns, so
// that both see the same machine.
await platform.TimeAsync(few, "/jobs?limit=1&kind=training");
foreach (var path in new[] { "/images?limit=50", $"/images?limit=50&concept={Filling.Concept}", "/jobs?limit=50", "/concepts?limit=50",
    "/jobs/{job}" })
{
    var cold = (Few: await platform.TimeAsync(few, path), Many: await platform.TimeAsync(many, path));
    List<double> ofFew = [], ofMany = [];
    for (var i = 0; i < 200; i++)
    {
        ofFew.Add(await platform.TimeAsync(few, path));
        ofMany.Add(await platform.TimeAsync(many, path));
    }
    var (a, b) = (Median(ofFew), Median(ofMany));
    Console.WriteLine(
        $"{path,-36} few {a:0.00} ms, many {b:0.00} ms: {b / a:0.00}x (medians of 200 in turns; first calls "
        + $"{cold.Few:0.0} and {cold.Many:0.0} ms)");
}
var end = await platform.LastPageAsync(many);
Console.WriteLine(
    $"all pages of 200 of the large tenant: {end.Pictures} pictures in {end.Pages} pages, "
    + $"{end.Took.TotalMilliseconds / end.Pages:0.0} ms a page");
await platform.DisposeAsync();
return end.Pictures == many.Pictures ? 0 : 1;

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
