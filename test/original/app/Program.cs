// ASP.NET Core SignalR itself, with the hubs of the recorded transcripts. It prints the address that it listens on, and
// ends with its standard input, which is to say with the process that started it. Its arguments are the protocols of the
// hubs.
using Original;

var builder = WebApplication.CreateBuilder();
builder.Logging.ClearProviders();
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Services.AddSingleton<Events>();
builder.Services.AddSingleton<Tokens>();
builder.Services.AddCors();
builder.Services.AddAuthentication(Bearer.Name).AddScheme<BearerOptions, Bearer>(Bearer.Name, null);
builder.Services.AddAuthorization();
builder.Services.AddHubs(args);

var app = builder.Build();
app.UseRouting();
app.UseCors(policy => policy.SetIsOriginAllowed(_ => true).AllowAnyHeader().AllowAnyMethod().AllowCredentials());
app.UseAuthentication();
app.UseAuthorization();
app.MapHubs();
app.MapOutside();

await app.StartAsync();
Console.WriteLine($"listening on {app.Urls.First()}");
await Console.In.ReadToEndAsync();
