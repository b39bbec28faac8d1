package layertap.graph.differentiate.loop;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.differentiate.value.SmallOps;
import layertap.graph.differentiate.value.SmallTensor;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.NodeDef;

/**
 * Writes down the steps of a loop one after the other. Not thread-safe.
 *
 * <pre>
 *   i, state ─▶ While ─▶ i, state        becomes
 *   state ─▶ layertap_step_0/… ─▶ layertap_step_1/… ─▶ layertap_step_2/… ─▶ state
 * </pre>
 *
 * <p>Counters and the indices that follow from them become constants.
 */
final class LoopUnroller {
  /** Beyond this the gradient's graph takes minutes to build. */
  static final int MAX_NODES = 200_000;

  private final String prefix;
  private final LoopTemplate cond;
  private final LoopTemplate body;
  private final List<Integer> condOrder;
  private final List<Integer> bodyOrder;
  private final List<NodeDef> nodes = new ArrayList<>();
  private List<TensorId> variables;
  private List<Optional<SmallTensor>> values;

  /**
   * The loop written down.
   *
   * @param nodes of all steps
   * @param results the loop's variables after the last step
   * @param steps how many there are
   */
  record Unrolled(List<NodeDef> nodes, List<TensorId> results, int steps) {
    Unrolled {
      nodes = List.copyOf(nodes);
      results = List.copyOf(results);
    }
  }

  /**
   * Prepares to write down a loop.
   *
   * @param values what is known of the variables that the loop starts with
   * @throws layertap.failure.GraphException if its steps hold a loop of TensorFlow 1
   */
  LoopUnroller(Loop loop, List<Optional<SmallTensor>> values) {
    this.prefix = loop.name();
    this.cond = loop.cond();
    this.body = loop.body();
    this.condOrder = cond.inOrder();
    this.bodyOrder = body.inOrder();
    this.variables = loop.inputs();
    this.values = values;
  }

  /**
   * The steps.
   *
   * @return none if it is open how many steps the loop has
   * @throws TooLongException if there are too many
   */
  Optional<Unrolled> unroll() {
    int steps = 0;
    while (true) {
      Optional<Boolean> goesOn = goesOn();
      if (goesOn.isEmpty()) {
        return Optional.empty();
      }
      if (!goesOn.get()) {
        return Optional.of(new Unrolled(nodes, variables, steps));
      }
      if (nodes.size() + bodyOrder.size() > MAX_NODES || steps >= MAX_NODES) {
        throw new TooLongException();
      }
      step(steps++);
    }
  }

  /** A loop of too many steps. */
  static final class TooLongException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private Optional<Boolean> goesOn() {
    Map<TensorId, Optional<SmallTensor>> known = new HashMap<>();
    for (int i = 0; i < variables.size(); i++) {
      known.put(cond.variables().get(i), values.get(i));
    }
    for (int position : condOrder) {
      known.put(
          new TensorId(cond.graph().node(position).getName(), 0),
          evaluate(cond.graph(), position, known));
    }
    return known.getOrDefault(cond.results().get(0), Optional.empty()).flatMap(SmallTensor::truth);
  }

  private void step(int step) {
    Map<TensorId, TensorId> taken = new HashMap<>();
    Map<TensorId, Optional<SmallTensor>> known = new HashMap<>();
    for (int i = 0; i < variables.size(); i++) {
      taken.put(body.variables().get(i), variables.get(i));
      known.put(body.variables().get(i), values.get(i));
    }
    String scope = "%s/layertap_step_%s/".formatted(prefix, step);
    for (int position : bodyOrder) {
      NodeDef node = body.graph().node(position);
      Optional<SmallTensor> value = evaluate(body.graph(), position, known);
      known.put(new TensorId(node.getName(), 0), value);
      nodes.add(copy(node, position, scope, value, taken));
    }
    List<TensorId> next = new ArrayList<>();
    List<Optional<SmallTensor>> nextValues = new ArrayList<>();
    for (TensorId result : body.results()) {
      next.add(body.copied(result, scope, taken));
      nextValues.add(known.getOrDefault(result, Optional.empty()));
    }
    variables = next;
    values = nextValues;
  }

  private NodeDef copy(
      NodeDef node,
      int position,
      String scope,
      Optional<SmallTensor> value,
      Map<TensorId, TensorId> taken) {
    List<DataType> types = body.graph().outputTypes(position);
    if (types.size() == 1 && !Ops.isConstant(node)) {
      Optional<NodeDef> constant =
          value.flatMap(known -> known.toConstant(scope + node.getName(), types.get(0)));
      if (constant.isPresent()) {
        return constant.get();
      }
    }
    return body.copied(position, scope, taken);
  }

  private static Optional<SmallTensor> evaluate(
      GraphIndex graph, int position, Map<TensorId, Optional<SmallTensor>> known) {
    List<Optional<SmallTensor>> inputs = new ArrayList<>();
    for (TensorId input : graph.inputTensors(position)) {
      inputs.add(known.getOrDefault(input, Optional.empty()));
    }
    return SmallOps.evaluate(graph.node(position), inputs);
  }
}
