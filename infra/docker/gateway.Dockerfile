# The gateway: REST, SignalR, studio. No libtorch.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /src
COPY global.json Directory.*.props Directory.*.targets BannedSymbols.txt .editorconfig ./
COPY src src
RUN dotnet publish src/ViCo.Gateway -c Release -p:RestoreLockedMode=true -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
RUN mkdir /data && chown $APP_UID /data
USER $APP_UID
EXPOSE 5080
ENTRYPOINT ["./ViCo.Gateway"]
