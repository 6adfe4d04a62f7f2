#:package TorchSharp@0.107.0
#:package libtorch-cpu-$(NETCoreSdkPortableRuntimeIdentifier)@2.10.0
#:package SixLabors.ImageSharp@2.1.13
// All of ViCo on one page: five photos of a teapot → a trained concept → a picture of that teapot on the beach. In the repository's root:
//     dotnet run docs/nano.cs [--steps 400] [--out out/nano]
// Hao et al. 2023, "ViCo: Detail-Preserving Visual Condition for Personalized Text-to-Image Generation" (arXiv:2306.00971): a frozen latent
// diffusion model gets a new word, S★, and four new transformer blocks, which look at a photo of the object. Only these learn. The results
// are those of `vico train` and `vico sample`, bit for bit (NanoTests.cs). Sizes are models/toybox's [in brackets: Stable Diffusion 1.x's].
// B samples; N tokens of width d, the cells of a map; T = 77 tokens of a prompt, D = 128 [768] wide; latents [B, 8, 16, 16] [B, 4, 64, 64].
using System.Text.Json;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
const int Batch = 4, Size = 128, SamplingSteps = 30;                          // [4, 512, 50]
const double StarRate = 2e-3, BlockRate = 3e-3, WeightDecay = 0.01;           // [5e-3, 1e-5, 0.01]
const double Lambda = 5e-4, TextGuidance = 5, ImageGuidance = 2;              // [5e-4, 7.5, and the image at weight 1]
var steps = int.Parse(Argument("--steps") ?? "400");
var output = Directory.CreateDirectory(Argument("--out") ?? "out/nano").FullName;
set_num_threads(1);                                                           // more threads do not help so narrow a network

// ==== 1. The frozen base model: text encoder, U-Net, autoencoder, noise schedule. Rombach et al. 2022 (arXiv:2112.10752) ====
var weights = new Dictionary<string, Tensor>();                               // all tensors by their names in files, the concept's too
foreach (var network in new[] { "text_encoder/model", "unet/diffusion_pytorch_model", "vae/diffusion_pytorch_model" }) {
    var file = File.ReadAllBytes($"models/toybox/{network}.safetensors");     // the header's length, the header, numbers in float16
    var numbers = 8 + BitConverter.ToInt32(file);
    var entries = JsonSerializer.Deserialize<Dictionary<string, Entry>>(file.AsSpan(8..numbers))!;
    var halves = empty((file.Length - numbers) / 2, float16);
    halves.bytes = file.AsSpan(numbers);
    foreach (var (name, (shape, span, _)) in entries.Where(entry => entry.Key != "__metadata__"))
        weights[name] = halves.narrow(0, span[0] / 2, (span[1] - span[0]) / 2).view(shape).to(float32);
}
var vocabulary = JsonSerializer.Deserialize<Dictionary<string, long>>(File.ReadAllText("models/toybox/tokenizer/vocab.json"))!;
var merges = File.ReadLines("models/toybox/tokenizer/merges.txt").Skip(1).Select((pair, rank) => (pair, rank)).ToDictionary();
var (star, begin, end) = (vocabulary.Count, vocabulary["<|startoftext|>"], vocabulary["<|endoftext|>"]);       // S★: the first free id
var (product, roots) = (1.0, Enumerable.Range(0, 1000).Select(t => Math.Sqrt(0.00085) + (Math.Sqrt(0.012) - Math.Sqrt(0.00085)) * t / 999));
double[] alphas = [.. roots.Select(root => (float)(product *= 1 - root * root))];         // ᾱ_t, the signal's share at timestep t

// ==== 2. The data: photos, encoded once, and the captions of Textual Inversion (Gal et al. 2022, arXiv:2208.01618) ====
byte[][] photos = [.. Enumerable.Range(1, 5).Select(_ => new byte[Size * Size * 3])];
for (var i = 0; i < 5; i++) Image.Load<Rgb24>($"samples/teapot/photos/{i + 1}.png").CopyPixelDataTo(photos[i]);
var moments = cat([.. photos.Select(Encode)]);                                // [5, 16, 16, 16]: means and log-variances of latents
long[][] captions = [.. new[] {
    "a photo of a", "a rendering of a", "a cropped photo of the", "the photo of a", "a photo of a clean", "a photo of a dirty",
    "a dark photo of the", "a photo of my", "a photo of the cool", "a close-up photo of a", "a bright photo of the", "a cropped photo of a",
    "a photo of the", "a good photo of the", "a photo of one", "a close-up photo of the", "a rendition of the", "a photo of the clean",
    "a rendition of a", "a photo of a nice", "a good photo of a", "a photo of the nice", "a photo of the small", "a photo of the weird",
    "a photo of the large", "a photo of a cool", "a photo of a small" }.Select(form => Frame(form + " *"))];

// ==== 3. What is trained: S★, which starts as the word "teapot", and an image block beside four decoder blocks of the U-Net ====
var words = weights["text_model.embeddings.token_embedding.weight"];          // [957, D]
var concept = new Dictionary<string, Tensor> { ["embedding.*"] = words.index_select(0, tensor(Tokenize("teapot"))) };      // [1, D]
using var start = new Generator(Random(purpose: 4, 0)());
foreach (var (layer, d) in new[] { (8, 128L), (10, 64L), (12, 64L), (14, 32L) }) {
    foreach (var part in new[] { "norm1", "norm2", "norm3" }) Add(part, ones(d), zeros(d));
    foreach (var part in new[] { "attn1.to_q", "attn1.to_k", "attn1.to_v", "attn2.to_q", "attn2.to_k", "attn2.to_v" })
        concept[$"{ImageBlock(layer)}.{part}.weight"] = Uniform(d, d);
    Add("ff.net.0.proj", Uniform(8 * d, d), Uniform(8 * d));
    foreach (var part in new[] { "attn1.to_out.0", "attn2.to_out.0" }) Add(part, zeros(d, d), zeros(d));      // every branch ends in zeros,
    Add("ff.net.2", zeros(d, 4 * d), zeros(d));                               // so that a new block changes nothing
    Tensor Uniform(params long[] shape) => rand(shape, generator: start) * (2 * (1 / Math.Sqrt(d))) - 1 / Math.Sqrt(d);
    void Add(string part, Tensor weight, Tensor bias) =>
        (concept[$"{ImageBlock(layer)}.{part}.weight"], concept[$"{ImageBlock(layer)}.{part}.bias"]) = (weight, bias);
}
foreach (var (name, trained) in concept) weights[name] = trained.requires_grad_(true);
var means = concept.ToDictionary(c => $"mean/{c.Key}", c => zeros(c.Value.shape));
var squares = concept.ToDictionary(c => $"square/{c.Key}", c => zeros(c.Value.shape));

// ==== 4. Training: section 3 of the paper ====
for (var step = 1; step <= steps; step++) {
    using var scope = NewDisposeScope();
    using var random = new Generator(Random(purpose: 3, step)());
    Tensor targetNoise = Normal(random, Batch), referenceNoise = Normal(random, Batch), noise = Normal(random, Batch);
    var samples = Enumerable.Range(Batch * (step - 1), Batch).Select(Draw).ToArray();
    var (prompts, timesteps) = (samples.Select(s => s.Caption).ToArray(), samples.Select(s => (float)s.Timestep).ToArray());
    var text = new Context(Text(prompts), Rows: tensor([0L, 1, 2, 3, 0, 1, 2, 3]));           // [B, T, D], for noisy latents and references
    // The U-Net must find the noise ε in √ᾱ z + √(1 - ᾱ) ε: Ho et al. 2020 (arXiv:2006.11239), eq. 4 and 14. The reference stays clean.
    var target = Latents(moments.index_select(0, tensor([.. samples.Select(s => s.Target)])), targetNoise);
    var reference = Latents(moments.index_select(0, tensor([.. samples.Select(s => s.Reference)])), referenceNoise);
    var signal = tensor([.. samples.Select(s => (float)Math.Sqrt(alphas[s.Timestep]))]).view(Batch, 1, 1, 1);
    var spread = tensor([.. samples.Select(s => (float)Math.Sqrt(1 - alphas[s.Timestep]))]).view(Batch, 1, 1, 1);
    var noisy = target * signal + noise * spread;
    // Both go through it side by side. At the image layers, noisy tokens look at the object in the tokens of their reference: section 3.2.
    var regularisation = new List<Tensor>();
    var found = UNet(cat([noisy, reference]), [.. timesteps, .. timesteps], text, withMaps: true, staying: Batch, (layer, tokens, maps) => {
        var (seen, map) = (tokens.narrow(0, Batch, Batch), maps!.narrow(0, Batch, Batch));
        var (a, b) = (At(star, prompts, map), At(end, prompts, map.detach()));
        var apart = a / a.amax([1], keepdim: true) - b / b.amax([1], keepdim: true);          // section 3.3, equation 6
        regularisation.Add((apart * apart).mean([1]));
        var theObject = new Context(seen, Bias: ObjectMask(At(star, prompts, map.detach())));
        return cat([Block(ImageBlock(layer), tokens.narrow(0, 0, Batch), theObject).Tokens, seen]);
    });
    var loss = F.mse_loss(found, noise) + stack(regularisation).sum(0, keepdim: false).mean() * Lambda;
    loss.backward();
    Console.WriteLine($"step {step}/{steps}  loss {loss.item<float>():0.0000}");
    using var frozen = no_grad();                                             // AdamW: Loshchilov and Hutter 2019 (arXiv:1711.05101)
    foreach (var (name, trained) in concept) {
        var (rate, mean, square) = (name == "embedding.*" ? StarRate : BlockRate, means[$"mean/{name}"], squares[$"square/{name}"]);
        trained.mul_(1 - rate * WeightDecay);
        mean.mul_(0.9).add_(trained.grad!, 1 - 0.9);
        square.mul_(0.999).addcmul_(trained.grad!, trained.grad!, 1 - 0.999);
        trained.addcdiv_(mean, square.sqrt() / Math.Sqrt(1 - Math.Pow(0.999, step)) + 1e-8, -rate / (1 - Math.Pow(0.9, step)));
        trained.grad = null;
    }
}
var (all, size) = (concept.Concat(means).Concat(squares).ToArray(), 0L);      // a safetensors file like those read above, in float32
var header = all.ToDictionary(t => t.Key, t => new Entry(t.Value.shape, [size, size += 4 * t.Value.numel()]));
var json = JsonSerializer.SerializeToUtf8Bytes(header);
byte[][] parts = [BitConverter.GetBytes((long)json.Length), json, .. all.Select(t => t.Value.bytes.ToArray())];
File.WriteAllBytes(Path.Combine(output, "concept.safetensors"), [.. parts.SelectMany(part => part)]);

// ==== 5. Drawing: section 3.4 ====
using (inference_mode()) {
    long[][] prompts = [Frame(""), Frame("a photo of a * on the beach")];
    var text = Text(prompts);                                                 // [2, T, D]
    var ofPhoto = new Generator(BitConverter.ToUInt64(System.Security.Cryptography.SHA256.HashData(photos[0])));
    var reference = Latents(moments.narrow(0, 0, 1), Normal(ofPhoto, 1));
    var (x, stride) = (Normal(new Generator(42), 1), 1000 / SamplingSteps);
    for (var t = stride * (SamplingSteps - 1) + 1; t > 0; t -= stride) {
        using var scope = NewDisposeScope();
        var theObject = new Dictionary<int, Context>();                       // what the reference shows of it, by layer
        UNet(reference, [t], new(text.narrow(0, 1, 1), tensor([0L])), withMaps: true, staying: 0, (layer, tokens, map) =>
            (theObject[layer] = new(tokens, tensor([0L]), ObjectMask(At(star, prompts[1..], map!)))).Tokens);
        // Guidance, from the empty prompt towards the text and from the text towards the image: Ho and Salimans 2022 (arXiv:2207.12598).
        var e = UNet(cat([x, x, x]), [t, t, t], new(text, tensor([0L, 1, 1])), withMaps: false, staying: 3, (layer, tokens, _) => cat(
            [tokens.narrow(0, 0, 2), Block(ImageBlock(layer), tokens.narrow(0, 2, 1), theObject[layer]).Tokens])).chunk(3);
        var noise = e[0] + (e[1] - e[0]) * TextGuidance + (e[2] - e[1]) * ImageGuidance;
        var (now, next) = (alphas[t], alphas[Math.Max(t - stride, 0)]);       // DDIM: Song et al. 2021 (arXiv:2010.02502), equation 12
        var clean = (x - noise * Math.Sqrt(1 - now)) / Math.Sqrt(now);
        x = (clean * Math.Sqrt(next) + noise * Math.Sqrt(1 - next)).MoveToOuterDisposeScope();
    }
    var bytes = ((Decode(x).clamp(-1, 1) + 1) * 127.5).round().to(uint8)[0].permute(1, 2, 0).contiguous().bytes.ToArray();
    Image.LoadPixelData<Rgb24>(bytes, Size, Size).SaveAsPng(Path.Combine(output, "picture.png"));
}

// ==== Random numbers depend only on the seed (23), their purpose and an index. SplitMix64: Steele, Lea and Flood 2014 ====
Func<ulong> Random(ulong purpose, long index) {
    var state = 23ul;
    foreach (var part in new[] { purpose, (ulong)index, 0ul }) state = Next() + part;
    return Next;
    ulong Next() {
        var z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
int Below(int count, Func<ulong> random) => (int)Math.BigMul(random(), (ulong)count, out _);
Tensor Normal(Generator random, long samples) => randn([samples, 8, 16, 16], generator: random);
// Sample n: a target photo (each comes 100 times per epoch, in shuffled order), another photo as reference, a caption, a timestep.
(long Target, long Reference, long[] Caption, int Timestep) Draw(int n) {
    var order = Enumerable.Range(0, 100 * photos.Length).ToArray();
    var (shuffle, random) = (Random(purpose: 1, n / order.Length), Random(purpose: 2, n));
    for (var i = order.Length - 1; i > 0; i--) Swap(i, Below(i + 1, shuffle));
    var target = order[n % order.Length] % photos.Length;
    var reference = (target + 1 + Below(photos.Length - 1, random)) % photos.Length;
    return (target, reference, captions[Below(captions.Length, random)], Below(1000, random));
    void Swap(int i, int j) => (order[i], order[j]) = (order[j], order[i]);
}

// ==== Text. A word's letters are joined pair by pair, in the order that pairs were learned: Sennrich et al. 2016 (arXiv:1508.07909) ====
long[] Tokenize(string s) => [.. System.Text.RegularExpressions.Regex.Matches(s, @"\*|\p{L}+|\p{N}|[^\s\p{L}\p{N}*]+").SelectMany(word => {
    List<string> symbols = [.. word.Value[..^1].Select(letter => $"{letter}"), word.Value[^1] + "</w>"];
    while (true) {
        int[] ranks = [.. symbols.Zip(symbols.Skip(1), (a, b) => merges.GetValueOrDefault($"{a} {b}", int.MaxValue)), int.MaxValue];
        var at = Array.IndexOf(ranks, ranks.Min());
        if (ranks[at] == int.MaxValue) return symbols.Select(symbol => symbol == "*</w>" ? star : vocabulary[symbol]);
        symbols[at] += symbols[at + 1];
        symbols.RemoveAt(at + 1);
    }
})];
long[] Frame(string prompt) => [.. Tokenize(prompt).Prepend(begin).Concat(Enumerable.Repeat(end, 77)).Take(77)];
Tensor Text(long[][] prompts) {                                               // CLIP's text encoder, Radford et al. 2021 (arXiv:2103.00020)
    var x = cat([words, concept["embedding.*"]]).index_select(0, tensor([.. prompts.SelectMany(p => p)])).view(-1, 77, 128);
    x += weights["text_model.embeddings.position_embedding.weight"];
    foreach (var layer in Enumerable.Range(0, 4).Select(i => $"text_model.encoder.layers.{i}")) {             // [12]
        var normed = LayerNorm($"{layer}.layer_norm1", x);
        Tensor Project(string which) => Heads(Linear($"{layer}.self_attn.{which}_proj", normed), 4);
        var attended = F.scaled_dot_product_attention(Project("q"), Project("k"), Project("v"), is_casual: true);
        x += Linear($"{layer}.self_attn.out_proj", attended.transpose(1, 2).flatten(2));
        var h = Linear($"{layer}.mlp.fc1", LayerNorm($"{layer}.layer_norm2", x));
        x += Linear($"{layer}.mlp.fc2", h * sigmoid(h * 1.702));
    }
    return LayerNorm("text_model.final_layer_norm", x);
}

// ==== U-Net: latents → the noise in them. Image layers give `meet` their tokens, and text maps if asked, and go on with its answer ====
Tensor UNet(Tensor latents, float[] timesteps, Context text, bool withMaps, long staying, Func<int, Tensor, Tensor?, Tensor> meet) {
    var angles = tensor(timesteps).unsqueeze(-1) * exp(arange(16, float32) * (-Math.Log(10_000) / 16));
    var time = Linear("time_embedding.linear_2", F.silu(Linear("time_embedding.linear_1", cat([angles.cos(), angles.sin()], -1))));
    var x = Conv("conv_in", latents);
    var (layer, skips) = (0, new Stack<Tensor>([x]));
    for (var i = 0; i < 8; i++) {                                             // four levels down, 32 to 128 wide [320 to 1280]
        skips.Push(x = Layer($"down_blocks.{i / 2}", i % 2, x));
        if (i is 1 or 3 or 5) skips.Push(x = Conv($"down_blocks.{i / 2}.downsamplers.0.conv", x, stride: 2));
    }
    x = Resnet("mid_block.resnets.1", Layer("mid_block", 0, x), time, 1e-5);
    for (var i = 0; i < 12; i++) {                                            // and up again
        x = Layer($"up_blocks.{i / 3}", i % 3, cat([x, skips.Pop()], 1));
        if (i is 2 or 5 or 8) x = Conv($"up_blocks.{i / 3}.upsamplers.0.conv", Twice(x));
        if (layer < 15 || x.shape[0] == staying) continue;                    // after the last image layer only the first samples go on
        if (staying == 0) return x;
        (x, time, text) = (x.narrow(0, 0, staying), time.narrow(0, 0, staying), text with { Rows = text.Rows!.narrow(0, 0, staying) });
        skips.Push(skips.Pop().narrow(0, 0, staying));
    }
    return Conv("conv_out", F.silu(GroupNorm("conv_norm_out", x, 1e-5)));
    Tensor Layer(string level, int i, Tensor map) {
        map = Resnet($"{level}.resnets.{i}", map, time, 1e-5);
        var name = $"{level}.attentions.{i}";
        if (!weights.ContainsKey($"{name}.norm.weight")) return map;          // the coarsest level has none
        var tokens = Conv($"{name}.proj_in", GroupNorm($"{name}.norm", map)).flatten(2).transpose(1, 2);      // [B, N, d]
        var isImageLayer = layer is 8 or 10 or 12 or 14;
        (tokens, var look) = Block($"{name}.transformer_blocks.0", tokens, text, withMap: isImageLayer && withMaps);
        if (isImageLayer) tokens = meet(layer, tokens, look);
        layer++;
        return Conv($"{name}.proj_out", tokens.transpose(1, 2).reshape(map.shape)) + map;
    }
}
// A transformer block, the U-Net's or ViCo's: x [B, N, d] attends to itself and to a context, then passes a gated linear layer.
(Tensor Tokens, Tensor? Map) Block(string name, Tensor x, Context context, bool withMap = false) {
    var normed = LayerNorm($"{name}.norm1", x);
    x += Attention($"{name}.attn1", normed, new(normed)).Output;
    var (attended, map) = Attention($"{name}.attn2", LayerNorm($"{name}.norm2", x), context, withMap: withMap);
    x += attended;
    var halves = Linear($"{name}.ff.net.0.proj", LayerNorm($"{name}.norm3", x)).chunk(2, -1);
    return (x + Linear($"{name}.ff.net.2", halves[0] * F.gelu(halves[1])), map);
}
// x [B, N, d], context [P, M, D] → [B, N, d] and, if asked, the map [B, N, M], mean over heads: Vaswani et al. 2017 (arXiv:1706.03762).
(Tensor Output, Tensor? Map) Attention(string name, Tensor x, Context context, int heads = 4, bool withMap = false) {
    Tensor Rows(Tensor all) => context.Rows is null ? all : all.index_select(0, context.Rows);
    var q = Heads(Linear($"{name}.to_q", x), heads);
    var k = Rows(Heads(Linear($"{name}.to_k", context.Tokens), heads));
    var v = Rows(Heads(Linear($"{name}.to_v", context.Tokens), heads));
    var map = withMap ? (matmul(q, k.transpose(-2, -1)) * Math.Pow(q.shape[^1], -0.5)).softmax(-1) : null;
    var attended = map is null ? F.scaled_dot_product_attention(q, k, v, context.Bias) : matmul(map, v);
    return (Linear($"{name}.to_out.0", attended.transpose(1, 2).flatten(2)), map?.mean([1]));
}

// ==== ViCo: names of image blocks, as the official code has them; how much cells look at a token, [B, N, T] → [B, N]; the object mask ====
string ImageBlock(int layer) => $"diffusion_model.output_blocks.{layer - 4}.1.image_cross_attention";
Tensor At(long token, long[][] prompts, Tensor maps) => matmul(maps, tensor(prompts.SelectMany(p =>
    Enumerable.Range(0, 77).Select(i => i == Array.IndexOf(p, token) ? 1f : 0)).ToArray()).view(-1, 77, 1)).squeeze(-1);
Tensor ObjectMask(Tensor looks) {                                             // Otsu 1979: 0 on the object, else -max: [B, 1, 1, N]
    var x = (looks - looks.amin([1], keepdim: true)) / (looks.amax([1], keepdim: true) - looks.amin([1], keepdim: true));
    var thresholds = tensor([.. Enumerable.Range(1, 9).Select(k => (float)(k / 10.0))]);
    var below = x.unsqueeze(-1).less(thresholds);                             // [B, N, 9]
    Tensor countBelow = below.sum(1, type: float32), countAbove = -countBelow + x.shape[1];
    Tensor sumBelow = where(below, x.unsqueeze(-1), 0f).sum(1), sumAbove = where(below, 0f, x.unsqueeze(-1)).sum(1);
    var difference = sumBelow / countBelow - sumAbove / countAbove;
    var variance = countBelow / x.shape[1] * (countAbove / x.shape[1]) * difference * difference;             // between the two classes
    var best = where(variance.isnan(), -1f, variance).argmax(1, keepdim: true);
    var background = x.less(thresholds.unsqueeze(0).expand(x.shape[0], -1).gather(1, best));
    return zeros_like(x).masked_fill(background, float.MinValue).view(-1, 1, 1, x.shape[1]);
}

// ==== Autoencoder: Rombach et al. 2022, section 3.1. A photo → moments; moments → latents of variance 1; latents → pixels ====
Tensor Encode(byte[] photo) {
    var x = Conv("encoder.conv_in", (tensor(photo).view(1, Size, Size, 3).to(float32).permute(0, 3, 1, 2) / 127.5 - 1).contiguous());
    for (var i = 0; i < 4; i++) {
        x = Resnet($"encoder.down_blocks.{i}.resnets.0", x);
        if (i < 3) x = Conv($"encoder.down_blocks.{i}.downsamplers.0.conv", F.pad(x, (0, 1, 0, 1)), stride: 2, padding: 0);
    }
    return Conv("quant_conv", Conv("encoder.conv_out", F.silu(GroupNorm("encoder.conv_norm_out", Middle("encoder.mid_block", x)))));
}
Tensor Latents(Tensor m, Tensor noise) => (m.narrow(1, 0, 8) + exp(m.narrow(1, 8, 8).clamp(-30, 20) * 0.5) * noise) * 0.417312;
Tensor Decode(Tensor latents) {
    var x = Middle("decoder.mid_block", Conv("decoder.conv_in", Conv("post_quant_conv", latents / 0.417312)));
    for (var i = 0; i < 8; i++) {
        x = Resnet($"decoder.up_blocks.{i / 2}.resnets.{i % 2}", x);
        if (i is 1 or 3 or 5) x = Conv($"decoder.up_blocks.{i / 2}.upsamplers.0.conv", Twice(x));
    }
    return Conv("decoder.conv_out", F.silu(GroupNorm("decoder.conv_norm_out", x)));
}
Tensor Middle(string name, Tensor x) {
    x = Resnet($"{name}.resnets.0", x);
    var tokens = GroupNorm($"{name}.attentions.0.group_norm", x).flatten(2).transpose(1, 2);
    x += Attention($"{name}.attentions.0", tokens, new(tokens), heads: 1).Output.transpose(1, 2).reshape(x.shape);
    return Resnet($"{name}.resnets.1", x);
}
Tensor Resnet(string name, Tensor x, Tensor? time = null, double eps = 1e-6) {
    var h = Conv($"{name}.conv1", F.silu(GroupNorm($"{name}.norm1", x, eps)));
    if (time is not null) h += Linear($"{name}.time_emb_proj", F.silu(time)).unsqueeze(-1).unsqueeze(-1);
    h = Conv($"{name}.conv2", F.silu(GroupNorm($"{name}.norm2", h, eps)));
    return h + (weights.ContainsKey($"{name}.conv_shortcut.weight") ? Conv($"{name}.conv_shortcut", x) : x);
}
Tensor Conv(string name, Tensor x, long stride = 1, long? padding = null) {
    var (weight, bias, around) = (weights[$"{name}.weight"], weights[$"{name}.bias"], padding ?? weights[$"{name}.weight"].shape[2] / 2);
    var spare = is_grad_enabled() ? (16 - bias.shape[0] % 16) % 16 : 0;       // oneDNN's gradient needs multiples of 16 channels
    if (spare > 0) (weight, bias) = (cat([weight, zeros([spare, .. weight.shape[1..]])]), cat([bias, zeros(spare)]));
    return F.conv2d(x, weight, bias, [stride, stride], [around, around]).narrow(1, 0, bias.shape[0] - spare);
}
Tensor Linear(string name, Tensor x) => F.linear(x, weights[$"{name}.weight"], weights.GetValueOrDefault($"{name}.bias"));
Tensor LayerNorm(string name, Tensor x) => F.layer_norm(x, [x.shape[^1]], weights[$"{name}.weight"], weights[$"{name}.bias"], 1e-5);
Tensor GroupNorm(string name, Tensor x, double eps = 1e-6) => F.group_norm(x, 8, weights[$"{name}.weight"], weights[$"{name}.bias"], eps);
Tensor Twice(Tensor x) => F.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest);
Tensor Heads(Tensor x, long heads) => x.view(x.shape[0], x.shape[1], heads, -1).transpose(1, 2);              // [B, heads, N, d / heads]
string? Argument(string name) => args.SkipWhile(a => a != name).Skip(1).FirstOrDefault();
sealed record Context(Tensor Tokens, Tensor? Rows = null, Tensor? Bias = null);     // [P, M, D]; the row of each sample; added to logits
sealed record Entry(long[] shape, long[] data_offsets, string dtype = "F32");
