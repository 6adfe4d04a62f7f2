# A silo, control or gpu by configuration. TORCH_BACKEND=cuda builds it for NVIDIA cards.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG TORCH_BACKEND=cpu
WORKDIR /src
COPY global.json Directory.*.props Directory.*.targets BannedSymbols.txt .editorconfig ./
COPY src src
RUN dotnet publish src/ViCo.Silo -c Release -p:TorchBackend=$TORCH_BACKEND -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
COPY models /app/models
# What libtorch frees it asks for again at the next step: keep it (docs/engine.md).
ENV GLIBC_TUNABLES=glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=8589934592
USER $APP_UID
EXPOSE 11111 30000
ENTRYPOINT ["./ViCo.Silo"]
