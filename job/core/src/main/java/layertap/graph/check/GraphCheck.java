package layertap.graph.check;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import layertap.failure.GraphException;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphIndex;
import layertap.graph.OpDefinitions;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * Checks that nodes, and those of functions, are what their ops' definitions say. TensorFlow checks
 * much of that itself when it imports a graph, but functions only when they run, and some mistakes
 * end the process instead of the call.
 */
public final class GraphCheck {
  private final OpDefinitions ops;
  private final Map<String, FunctionDef> functions = new HashMap<>();
  private final NodeCheck nodeCheck;

  private GraphCheck(GraphDef graph, OpDefinitions ops) {
    this.ops = ops;
    for (FunctionDef function : graph.getLibrary().getFunctionList()) {
      functions.put(function.getSignature().getName(), function);
    }
    this.nodeCheck = new NodeCheck(ops, functions.keySet());
  }

  /**
   * Checks a graph without variables.
   *
   * @throws GraphException names the first node that is not as it must be
   */
  public static void check(GraphDef graph, OpDefinitions ops) {
    GraphCheck check = new GraphCheck(graph, ops);
    GraphIndex index = new GraphIndex(graph, ops);
    check.checkNodes(
        graph.getNodeList(),
        input -> {
          TensorId tensor = TensorId.parse(input);
          return check.outputTypes(index.node(index.require(tensor.node())), tensor.index());
        });
    for (FunctionDef function : graph.getLibrary().getFunctionList()) {
      check.checkBody(function);
    }
    new FunctionNesting(check.functions).check(graph.getNodeList());
  }

  /**
   * Checks that all nodes of registered ops, those of functions too, have as many inputs as their
   * ops take: whoever follows edges may count on it then.
   *
   * @throws GraphException names the first node that has not
   */
  public static void checkInputCounts(GraphDef graph, OpDefinitions ops) {
    FunctionLibrary.allNodes(graph).forEach(node -> checkInputCount(node, ops));
  }

  private static void checkInputCount(NodeDef node, OpDefinitions ops) {
    long given = node.getInputList().stream().filter(input -> !TensorId.isControl(input)).count();
    int wanted = ops.inputTypes(node).size();
    if (ops.isRegistered(node.getOp()) && given != wanted) {
      throw new GraphException(
          "node '%s' (%s) has %s inputs, its op takes %s"
              .formatted(node.getName(), node.getOp(), given, wanted));
    }
  }

  private DataType outputTypes(NodeDef node, int output) {
    FunctionDef function = functions.get(node.getOp());
    List<DataType> types =
        function == null
            ? ops.outputTypes(node)
            : function.getSignature().getOutputArgList().stream()
                .map(OpDef.ArgDef::getType)
                .toList();
    if (output >= types.size()) {
      throw new GraphException(
          "node '" + node.getName() + "' (" + node.getOp() + ") has no output " + output);
    }
    return types.get(output);
  }

  private void checkBody(FunctionDef function) {
    Map<String, NodeDef> nodes = new HashMap<>();
    Map<String, DataType> arguments = new HashMap<>();
    function
        .getSignature()
        .getInputArgList()
        .forEach(argument -> arguments.put(argument.getName(), argument.getType()));
    for (NodeDef node : function.getNodeDefList()) {
      if (nodes.put(node.getName(), node) != null || arguments.containsKey(node.getName())) {
        throw new GraphException("two nodes of a function are called '" + node.getName() + "'");
      }
    }
    Function<String, DataType> typeOf = input -> typeInBody(input, arguments, nodes);
    checkNodes(function.getNodeDefList(), typeOf);
    for (OpDef.ArgDef output : function.getSignature().getOutputArgList()) {
      String value = function.getRetMap().get(output.getName());
      if (value == null || !same(typeOf.apply(value), output.getType())) {
        throw new GraphException(
            "function '%s' does not return '%s' as it says"
                .formatted(function.getSignature().getName(), output.getName()));
      }
    }
  }

  private DataType typeInBody(
      String input, Map<String, DataType> arguments, Map<String, NodeDef> nodes) {
    DataType argument = arguments.get(input);
    if (argument != null) {
      return argument;
    }
    String[] parts = input.split(":", -1);
    NodeDef node = nodes.get(parts[0]);
    if (node == null) {
      throw new GraphException("a function takes '" + input + "', which is not there");
    }
    if (functions.containsKey(node.getOp())) {
      return DataType.DT_INVALID;
    }
    try {
      int index = parts.length > 2 ? Integer.parseInt(parts[2]) : 0;
      int first = parts.length > 1 ? ops.outputPosition(node, parts[1]).orElse(0) : 0;
      return outputTypes(node, first + index);
    } catch (NumberFormatException | ArithmeticException e) {
      throw new GraphException("a function takes '" + input + "', which is no tensor");
    }
  }

  private void checkNodes(List<NodeDef> nodes, Function<String, DataType> typeOf) {
    for (NodeDef node : nodes) {
      nodeCheck.check(node);
      if (functions.containsKey(node.getOp())) {
        continue;
      }
      List<String> given =
          node.getInputList().stream().filter(input -> !TensorId.isControl(input)).toList();
      List<DataType> wanted = ops.inputTypes(node);
      boolean fits = given.size() == wanted.size();
      for (int i = 0; fits && i < given.size(); i++) {
        fits = same(typeOf.apply(given.get(i)), wanted.get(i));
      }
      if (!fits) {
        throw new GraphException(
            "node '" + node.getName() + "' (" + node.getOp() + ") does not take what it is given");
      }
      checkCalls(node);
    }
  }

  private static boolean same(DataType given, DataType wanted) {
    return given == wanted || given == DataType.DT_INVALID || wanted == DataType.DT_INVALID;
  }

  /** The functions of a loop or a branch take and return what the node does. */
  private void checkCalls(NodeDef node) {
    for (Map.Entry<String, AttrValue> attribute : node.getAttrMap().entrySet()) {
      for (String name : FunctionLibrary.functionsIn(attribute.getValue())) {
        FunctionDef function = functions.get(name);
        if (function == null) {
          throw new GraphException(
              "node '%s' names the function '%s', which is not there"
                  .formatted(node.getName(), name));
        }
        List<DataType> inputs = ops.inputTypes(node);
        List<DataType> outputs = ops.outputTypes(node);
        boolean fits =
            switch (Ops.calls(node)) {
              case LOOP ->
                  takes(function, inputs)
                      && (attribute.getKey().equals("cond")
                          ? function.getSignature().getOutputArgCount() == 1
                          : returns(function, outputs));
              case BRANCH ->
                  takes(function, inputs.subList(1, inputs.size())) && returns(function, outputs);
              case CALL -> takes(function, inputs) && returns(function, outputs);
              case NOTHING -> true;
            };
        if (!fits) {
          throw new GraphException(
              "node '%s' and its function '%s' do not take and return the same"
                  .formatted(node.getName(), name));
        }
      }
    }
  }

  private static boolean takes(FunctionDef function, List<DataType> types) {
    return fits(function.getSignature().getInputArgList(), types);
  }

  private static boolean returns(FunctionDef function, List<DataType> types) {
    return fits(function.getSignature().getOutputArgList(), types);
  }

  private static boolean fits(List<OpDef.ArgDef> arguments, List<DataType> types) {
    boolean fits = arguments.size() == types.size();
    for (int i = 0; fits && i < types.size(); i++) {
      fits = same(arguments.get(i).getType(), types.get(i));
    }
    return fits;
  }
}
