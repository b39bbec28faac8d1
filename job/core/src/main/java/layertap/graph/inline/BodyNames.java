package layertap.graph.inline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import layertap.failure.GraphException;
import layertap.graph.FunctionLibrary;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;

/**
 * Translates the names inside one function body to those of the flat graph. A body writes an input
 * as {@code argument}, {@code node:output_argument:k} or {@code ^node}; a graph as {@code
 * node:position}.
 */
final class BodyNames {
  private final FunctionDef body;
  private final String prefix;
  private final OpDefinitions ops;
  private final FunctionLibrary library;
  private final Map<String, AttrValue> typeArguments;
  private final Map<String, String> arguments = new HashMap<>();
  private final Map<String, NodeDef> nodes = new HashMap<>();
  private final Set<String> returning = new HashSet<>();

  BodyNames(
      NodeDef call, FunctionDef body, String prefix, OpDefinitions ops, FunctionLibrary library) {
    this.body = body;
    this.library = library;
    this.prefix = prefix;
    this.ops = ops;
    this.typeArguments =
        call.getAttrOrDefault("f", AttrValue.getDefaultInstance()).getFunc().getAttrMap();
    List<String> given =
        call.getInputList().stream().filter(in -> !TensorId.isControl(in)).toList();
    int wanted = body.getSignature().getInputArgCount();
    if (given.size() != wanted) {
      throw new GraphException(
          "cannot inline '%s': it gives %s inputs, function '%s' takes %s"
              .formatted(call.getName(), given.size(), body.getSignature().getName(), wanted));
    }
    for (int i = 0; i < wanted; i++) {
      arguments.put(body.getSignature().getInputArg(i).getName(), given.get(i));
    }
    body.getNodeDefList().forEach(node -> nodes.put(node.getName(), node));
    body.getRetMap().values().forEach(tensor -> returning.add(tensor.split(":", 2)[0]));
  }

  /**
   * The inputs of a node of the body. An {@code Identity} that returns a value loses its control
   * inputs: they only keep side effects alive.
   */
  List<String> flatInputs(NodeDef node) {
    boolean returns = Ops.isIdentityOfOne(node) && returning.contains(node.getName());
    List<String> flat = new ArrayList<>(node.getInputCount());
    for (String input : node.getInputList()) {
      if (!TensorId.isControl(input)) {
        flat.add(flatTensor(input));
      } else if (!returns) {
        flat.add(flatControl(input.substring(1)));
      }
    }
    return flat;
  }

  String flatReturn(String output) {
    String tensor = body.getRetMap().get(output);
    if (tensor == null) {
      throw new GraphException(
          "cannot inline function '%s': it does not return '%s'"
              .formatted(body.getSignature().getName(), output));
    }
    return flatTensor(tensor);
  }

  void substituteAttributes(NodeDef.Builder node) {
    if (typeArguments.isEmpty()) {
      return;
    }
    node.getAttrMap()
        .forEach(
            (key, value) -> {
              AttrValue given = typeArguments.get(value.getPlaceholder());
              if (given != null) {
                node.putAttr(key, given);
              }
            });
  }

  String flatControl(String name) {
    String argument = arguments.get(name);
    return "^" + (argument == null ? prefix + name : TensorId.nodeOf(argument));
  }

  private String flatTensor(String tensor) {
    String[] parts = tensor.split(":");
    String argument = arguments.get(parts[0]);
    if (argument != null) {
      return argument;
    }
    NodeDef node = nodes.get(parts[0]);
    if (node == null) {
      throw new GraphException(
          "cannot inline function '%s': it has no node '%s'"
              .formatted(body.getSignature().getName(), parts[0]));
    }
    int offset = parts.length > 1 ? position(node, parts[1]) : 0;
    int index = parts.length > 2 ? TensorId.parse("x:" + parts[2]).index() : 0;
    return new TensorId(prefix + node.getName(), offset + index).asInput();
  }

  /** Position of the first output called so; 0 for an op of which nobody knows the outputs. */
  private int position(NodeDef node, String outputArgument) {
    FunctionDef called = library.find(node.getOp()).orElse(null);
    if (called == null) {
      return ops.outputPosition(node, outputArgument).orElse(0);
    }
    for (int i = 0; i < called.getSignature().getOutputArgCount(); i++) {
      if (called.getSignature().getOutputArg(i).getName().equals(outputArgument)) {
        return i;
      }
    }
    return 0;
  }
}
