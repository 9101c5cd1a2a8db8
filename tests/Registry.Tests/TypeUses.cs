using System.Reflection;
using System.Reflection.Emit;

namespace Registry.Tests;

/// <summary>
/// The types that a type uses: in its declaration, its signatures and its code. Only constants leave no trace: the compiler
/// inlines them.
/// </summary>
sealed class TypeUses
{
    const BindingFlags Declared =
        BindingFlags.DeclaredOnly | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static;

    static readonly Dictionary<short, OpCode> s_codes =
        typeof(OpCodes).GetFields().Select(field => field.GetValue(null)).OfType<OpCode>().ToDictionary(code => code.Value);

    readonly HashSet<Type> _types = [];

    TypeUses()
    {
    }

    /// <summary>All used types; constructed types count as their definition and their arguments.</summary>
    public static IReadOnlySet<Type> Of(Type type)
    {
        var uses = new TypeUses();
        uses.Add(type.BaseType);
        uses.Add(type.GetInterfaces());
        if (type.IsGenericType) uses.Add(type.GetGenericArguments().SelectMany(argument => argument.GetGenericParameterConstraints()));
        foreach (var member in type.GetMembers(Declared).Prepend(type))
        {
            foreach (var attribute in member.GetCustomAttributesData())
                uses.Add(attribute.ConstructorArguments.Select(argument => argument.Value as Type).Append(attribute.AttributeType));
            uses.AddMember(member);
            if (member is MethodBase method) uses.AddCode(method);
        }
        return uses._types;
    }

    void Add(IEnumerable<Type?> types)
    {
        foreach (var type in types) Add(type);
    }

    void Add(Type? type)
    {
        if (type is null || type.IsGenericParameter || !_types.Add(type)) return;
        if (type.HasElementType) Add(type.GetElementType());
        if (type.IsGenericType) Add(type.GetGenericArguments().Append(type.GetGenericTypeDefinition()));
        Add(type.DeclaringType);
    }

    /// <summary>The declaring type of a member, and those of its signature.</summary>
    void AddMember(MemberInfo? member)
    {
        Add(member as Type ?? member?.DeclaringType);
        if (member is FieldInfo field) Add(field.FieldType);
        if (member is MethodInfo { IsGenericMethod: true } generic)
        {
            foreach (var argument in generic.GetGenericArguments())
                Add(argument.IsGenericParameter ? argument.GetGenericParameterConstraints() : [argument]);
        }
        if (member is MethodInfo method) Add(method.ReturnType);
        if (member is MethodBase called) Add(called.GetParameters().Select(parameter => parameter.ParameterType));
    }

    void AddCode(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body) return;
        Add(body.LocalVariables.Select(local => local.LocalType));
        Add(body.ExceptionHandlingClauses
            .Where(clause => clause.Flags == ExceptionHandlingClauseOptions.Clause)
            .Select(clause => clause.CatchType));
        var (ofType, ofMethod) = (method.DeclaringType!.GetGenericArguments(), method.IsGenericMethod ? method.GetGenericArguments() : []);
        ReadOnlySpan<byte> code = body.GetILAsByteArray();
        while (!code.IsEmpty)
        {
            var op = s_codes[code[0] == 0xfe ? (short)(0xfe00 | code[1]) : code[0]];
            code = code[op.Size..];
            if (op.OperandType is OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineTok or OperandType.InlineType)
                AddMember(method.Module.ResolveMember(BitConverter.ToInt32(code), ofType, ofMethod));
            code = code[SizeOf(op.OperandType, code)..];
        }
    }

    static int SizeOf(OperandType operand, ReadOnlySpan<byte> code) => operand switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code)),
        _ => 4,
    };
}
