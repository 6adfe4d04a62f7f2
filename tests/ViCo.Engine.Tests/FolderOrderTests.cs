using System.Reflection;
using System.Reflection.Emit;
using ViCo.Engine.Generation;
using ViCo.Engine.Models;

namespace ViCo.Engine.Tests;

/// <summary>
/// The engine's folders stand in one order, and each uses only those before it: read from the compiled assembly, where no comment
/// can lie.
/// </summary>
/// <remarks>
/// Types at the root that use no folder, such as <see cref="Precision"/>, may be used by all; those that do, such as
/// <see cref="TorchEngine"/>, stand on top and may be used by no folder. The engine without torch stands behind them.
/// </remarks>
public sealed class FolderOrderTests
{
    private const string Root = "ViCo.Engine", Top = "(top)";

    private static readonly string[] Order =
    [
        "Checkpoints", "Models", "Diffusion", "Datasets", "Methods.Parts", "Methods", "Training", "Generation", "Metrics", Top, "Rehearsal",
    ];

    private static readonly Dictionary<short, OpCode> Instructions = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    [Fact]
    public void Each_folder_uses_only_those_before_it()
    {
        var types = typeof(TorchEngine).Assembly.GetTypes();
        var uses = types.GroupBy(Outermost).ToDictionary(g => g.Key, g => g.SelectMany(UsedBy).Select(Outermost).ToHashSet());
        Assert.Contains(typeof(BaseModel), uses[typeof(TextToImage)]);     // or nothing would be found
        var top = uses.Keys.Where(t => t.Namespace == Root && Reaches(t, uses)).ToHashSet();
        var wrong = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (user, used) in uses)
        {
            foreach (var other in used)
            {
                if (Place(user, top) is { } from && Place(other, top) is { } to && to > from)
                    wrong.Add($"{Order[from]}: {user.Name} uses {Order[to]}: {other.Name}");
            }
        }

        Assert.True(wrong.Count == 0, $"These go against the order:\n{string.Join('\n', wrong)}");
    }

    /// <summary>Where a type stands in the order; null: at the root, for all.</summary>
    private static int? Place(Type type, HashSet<Type> top)
    {
        if (top.Contains(type)) return Array.IndexOf(Order, Top);
        if (type.Namespace is not { } name || !name.StartsWith($"{Root}.", StringComparison.Ordinal)) return null;
        var folders = name[(Root.Length + 1)..];
        var found = Array.FindIndex(Order, f => folders == f || folders.StartsWith($"{f}.", StringComparison.Ordinal));
        return found >= 0 ? found : throw new InvalidOperationException($"Folder {folders} of {type.Name} has no place in the order.");
    }

    /// <summary>Whether a type of the root uses a folder, itself or through others of the root.</summary>
    private static bool Reaches(Type start, Dictionary<Type, HashSet<Type>> uses)
    {
        var (seen, open) = (new HashSet<Type> { start }, new Stack<Type>([start]));
        while (open.TryPop(out var type))
        {
            foreach (var next in uses.GetValueOrDefault(type, []))
            {
                if (next.Namespace?.StartsWith($"{Root}.", StringComparison.Ordinal) == true) return true;
                if (next.Namespace == Root && seen.Add(next)) open.Push(next);
            }
        }

        return false;
    }

    private static Type Outermost(Type type) =>
        type.DeclaringType is { } outer ? Outermost(outer) : type.IsGenericType ? type.GetGenericTypeDefinition() : type;

    private static IEnumerable<Type> UsedBy(Type type)
    {
        const BindingFlags all = BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic
            | BindingFlags.Instance | BindingFlags.Static;
        var named = new List<Type?> { type.BaseType };
        named.AddRange(type.GetInterfaces());
        named.AddRange(type.GetFields(all).Select(f => f.FieldType));
        foreach (var method in type.GetMethods(all).Concat<MethodBase>(type.GetConstructors(all)))
        {
            named.Add((method as MethodInfo)?.ReturnType);
            named.AddRange(method.GetParameters().Select(p => p.ParameterType));
            named.AddRange(MentionedIn(method));
        }

        return named.SelectMany(Parts).Where(t => t.Assembly == type.Assembly);
    }

    /// <summary>The type itself, what it is an array of, and what it is made generic with.</summary>
    private static IEnumerable<Type> Parts(Type? type)
    {
        if (type is null || type.IsGenericParameter) yield break;
        if (type.HasElementType)
        {
            foreach (var part in Parts(type.GetElementType())) yield return part;
            yield break;
        }

        yield return type;
        foreach (var part in type.GetGenericArguments().SelectMany(Parts)) yield return part;
    }

    private static IEnumerable<Type?> MentionedIn(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body) yield break;
        foreach (var local in body.LocalVariables) yield return local.LocalType;
        var code = body.GetILAsByteArray()!;
        var typeArguments = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? (short)(0xFE00 | code[at + 1]) : code[at];
            var instruction = Instructions[value];
            at += instruction.Size;
            if (instruction.OperandType is OperandType.InlineMethod or OperandType.InlineField
                or OperandType.InlineType or OperandType.InlineTok)
            {
                var member = method.Module.ResolveMember(BitConverter.ToInt32(code, at), typeArguments, methodArguments);
                yield return member as Type ?? member?.DeclaringType;
                if (member is MethodInfo { IsGenericMethod: true } generic)
                {
                    foreach (var argument in generic.GetGenericArguments()) yield return argument;
                }
            }

            at += instruction.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(code, at),
                _ => 4,
            };
        }
    }
}
