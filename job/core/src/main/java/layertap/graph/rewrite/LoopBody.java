package layertap.graph.rewrite;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.failure.GraphException;
import layertap.graph.FunctionLibrary;
import layertap.graph.Ops;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;

/**
 * The body of a {@code While}: for each variable of the loop what one step makes of it. Its
 * condition can be looked at, too, which has one result.
 */
public final class LoopBody {
  private final FunctionDef body;
  private final Map<String, NodeDef> nodes = new HashMap<>();

  /** Makes a view of a function whose arguments and results are the variables of a loop. */
  public LoopBody(FunctionDef body) {
    this.body = body;
    body.getNodeDefList().forEach(node -> nodes.put(node.getName(), node));
  }

  /**
   * A function of a loop; empty if it is not in the library.
   *
   * @param attribute that names it: {@code body} or {@code cond}
   */
  public static Optional<LoopBody> of(NodeDef loop, String attribute, FunctionLibrary functions) {
    AttrValue name = loop.getAttrOrDefault(attribute, AttrValue.getDefaultInstance());
    return functions.find(name.getFunc().getName()).map(LoopBody::new);
  }

  /** The number of variables. */
  public int variableCount() {
    return Math.min(
        body.getSignature().getInputArgCount(), body.getSignature().getOutputArgCount());
  }

  /** A variable as the function declares it. */
  public OpDef.ArgDef variable(int position) {
    return body.getSignature().getInputArg(position);
  }

  /** Of which variable a value is what the function takes; -1 for what it computes. */
  public int positionOf(String value) {
    for (int position = 0; position < body.getSignature().getInputArgCount(); position++) {
      if (variable(position).getName().equals(value)) {
        return position;
      }
    }
    return -1;
  }

  /** Whether a step hands the variable on unchanged. */
  public boolean isInvariant(int position) {
    return next(position).equals(variable(position).getName());
  }

  /** The value that a step gives the variable, as the body names it, identities skipped. */
  public String next(int position) {
    String output = body.getSignature().getOutputArg(position).getName();
    return skipIdentities(body.getRetMap().getOrDefault(output, ""));
  }

  /** The node that computes a value; none for a variable of the loop. */
  public Optional<NodeDef> producer(String value) {
    return Optional.ofNullable(nodes.get(value.split(":", 2)[0]));
  }

  /** The values that a node takes, identities skipped. */
  public List<String> inputs(NodeDef node) {
    return node.getInputList().stream()
        .filter(input -> !input.startsWith("^"))
        .map(this::skipIdentities)
        .toList();
  }

  /**
   * What the steps use as index into a list of inputs.
   *
   * @throws GraphException if no step reads the list
   */
  public String timeOf(int list) {
    return reader(list)
        .map(read -> read.getInput(1))
        .orElseThrow(() -> new GraphException("no step reads '" + variable(list).getName() + "'"));
  }

  /** The node that reads an element of the list that is a variable of the loop. */
  public Optional<NodeDef> reader(int list) {
    String name = variable(list).getName();
    return body.getNodeDefList().stream()
        .filter(node -> node.getOp().equals("TensorListGetItem"))
        .filter(node -> inputs(node).get(0).equals(name))
        .findFirst();
  }

  private String skipIdentities(String value) {
    String current = value;
    for (int steps = 0; steps <= nodes.size(); steps++) {
      NodeDef node = nodes.get(current.split(":", 2)[0]);
      if (node == null || !Ops.isIdentityOfOne(node)) {
        return current;
      }
      current = node.getInput(0);
    }
    return current;
  }
}
