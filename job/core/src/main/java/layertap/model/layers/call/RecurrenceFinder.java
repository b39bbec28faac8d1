package layertap.model.layers.call;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import layertap.graph.Dtype;
import layertap.graph.FunctionLibrary;
import layertap.graph.GraphIndex;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorValues;
import layertap.graph.rewrite.LoopBody;
import layertap.graph.rewrite.StepRecording;
import org.tensorflow.proto.NodeDef;

/**
 * Recognises the loops that Keras' {@code backend.rnn} traces: the outputs of the steps are written
 * to a TensorList, the states are variables of the loop. In Keras 2 the loop stands in a function
 * that the layer calls ({@code lstm/PartitionedCall}), in Keras 3 in the layer's own scope.
 */
public final class RecurrenceFinder {
  private static final Set<String> SELECTS = Set.of("Select", "SelectV2");

  private final GraphIndex graph;
  private final FunctionLibrary library;
  private final Map<String, String> calls;

  public RecurrenceFinder(GraphIndex graph, Map<String, String> calls) {
    this.graph = graph;
    this.library = new FunctionLibrary(graph.graph().getLibrary());
    this.calls = calls;
  }

  /** The loop that the traced call itself runs, if it is that of a recurrent layer. */
  Optional<Recurrence> find(TracedCall tracedCall) {
    List<Integer> loops = new ArrayList<>();
    for (int position : tracedCall.region().positions()) {
      NodeDef node = graph.node(position);
      if (Ops.calls(node) == Ops.Calls.LOOP && isOwn(node.getName(), tracedCall.scope().path())) {
        loops.add(position);
      }
    }
    return loops.size() == 1 ? recognise(loops.get(0)) : Optional.empty();
  }

  /** Whether the node stands directly in the scope, or in a function that the scope calls. */
  private boolean isOwn(String node, String scope) {
    String parent = node.substring(0, Math.max(0, node.lastIndexOf('/')));
    while (calls.containsKey(parent)) {
      parent = parent.substring(0, Math.max(0, parent.lastIndexOf('/')));
    }
    return parent.equals(scope);
  }

  private Optional<Recurrence> recognise(int loop) {
    Optional<LoopBody> body = LoopBody.of(graph.node(loop), "body", library);
    if (body.isEmpty() || body.get().variableCount() != graph.sources(loop).length) {
      return Optional.empty();
    }
    return accumulator(loop, body.get()).flatMap(list -> describe(loop, body.get(), list));
  }

  /** The variable that steps write their outputs to, and the write. */
  private record Accumulator(int variable, NodeDef write) {}

  private Optional<Accumulator> accumulator(int loop, LoopBody body) {
    Accumulator found = null;
    for (int i = 0; i < body.variableCount(); i++) {
      NodeDef write = body.producer(body.next(i)).orElse(null);
      if (write == null
          || !write.getOp().equals("TensorListSetItem")
          || !body.inputs(write).get(0).equals(body.variable(i).getName())
          || !graph.node(graph.sources(loop)[i]).getOp().equals("TensorListReserve")) {
        continue;
      }
      if (found != null) {
        return Optional.empty();
      }
      found = new Accumulator(i, write);
    }
    return Optional.ofNullable(found);
  }

  private Optional<Recurrence> describe(int loop, LoopBody body, Accumulator list) {
    String item = body.inputs(list.write).get(2);
    List<Integer> carried = new ArrayList<>();
    for (int i = 0; i < body.variableCount(); i++) {
      if (Dtype.isFloat(body.variable(i).getType()) && !body.isInvariant(i)) {
        carried.add(i);
      }
    }
    boolean isMasked =
        body.producer(item).filter(node -> SELECTS.contains(node.getOp())).isPresent();
    if (isMasked && !carried.isEmpty() && body.next(carried.get(0)).equals(item)) {
      carried.remove(0);
    }
    String name = graph.node(loop).getName();
    List<TensorId> states = carried.stream().map(i -> new TensorId(name, i)).toList();
    List<String> names = new CellStates(body).names(carried, item);
    OptionalInt stack = onlyConsumer(new TensorId(name, list.variable), "TensorListStack");
    if (stack.isEmpty() || states.isEmpty()) {
      return Optional.empty();
    }
    int transpose = onlyConsumer(output(stack.getAsInt()), "Transpose").orElse(stack.getAsInt());
    OptionalInt last = onlyConsumer(output(stack.getAsInt()), "StridedSlice");
    TensorId lastOutput = last.isPresent() ? output(last.getAsInt()) : null;
    if (keepsSequence(loop, list.variable)) {
      return Optional.of(new Recurrence(output(transpose), List.of(), lastOutput, states, names));
    }
    return steps(loop, body)
        .map(
            steps ->
                new StepRecording(
                    name,
                    list.variable,
                    steps,
                    graph.node(stack.getAsInt()).getName(),
                    graph.node(transpose).getName()))
        .map(
            recording ->
                new Recurrence(
                    recording.sequence(), List.of(recording), lastOutput, states, names));
  }

  /** The variable that holds the inputs of the steps. */
  private Optional<Integer> steps(int loop, LoopBody body) {
    for (int i = 0; i < body.variableCount(); i++) {
      boolean isList = graph.node(graph.sources(loop)[i]).getOp().equals("TensorListFromTensor");
      if (isList && body.isInvariant(i) && body.reader(i).isPresent()) {
        return Optional.of(i);
      }
    }
    return Optional.empty();
  }

  /** A list reserved for one element holds only the last step. */
  private boolean keepsSequence(int loop, int accumulator) {
    int reserve = graph.sources(loop)[accumulator];
    int count = graph.sources(reserve)[1];
    OptionalInt constant = TensorValues.scalarInt(graph.node(count));
    return constant.isEmpty() || constant.getAsInt() != 1;
  }

  private OptionalInt onlyConsumer(TensorId tensor, String op) {
    OptionalInt found = OptionalInt.empty();
    for (int consumer : graph.consumers(graph.require(tensor.node()))) {
      if (graph.node(consumer).getOp().equals(op)
          && graph.inputTensor(consumer, 0).equals(tensor)) {
        if (found.isPresent() && found.getAsInt() != consumer) {
          return OptionalInt.empty();
        }
        found = OptionalInt.of(consumer);
      }
    }
    return found;
  }

  private TensorId output(int position) {
    return new TensorId(graph.node(position).getName(), 0);
  }
}
