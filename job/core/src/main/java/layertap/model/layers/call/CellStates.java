package layertap.model.layers.call;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import layertap.graph.rewrite.LoopBody;
import org.tensorflow.proto.NodeDef;

/**
 * Names the states that a loop carries by what the ops of a step do to them. Their order does not
 * name them: in a stack of cells a state may belong to the cell below, and a cell that is not
 * Keras' own may have its memory first.
 */
final class CellStates {
  private static final Set<String> SELECTS = Set.of("Select", "SelectV2");
  private static final String HIDDEN = "hidden";
  private static final String CELL = "cell";

  private final LoopBody body;

  CellStates(LoopBody body) {
    this.body = body;
  }

  /**
   * The names of the states, in their order, if the ops tell all of them: one state that is what
   * the step gives, as in a GRU; or two, the first of which the step gives and computes of the
   * second, a memory that it keeps through a gate, as in an LSTM.
   *
   * @param states positions of variables of the loop
   * @param item what a step writes to the list of its outputs
   * @return empty if they do not tell
   */
  List<String> names(List<Integer> states, String item) {
    if (states.isEmpty() || states.size() > 2 || !isGiven(states.get(0), item)) {
      return List.of();
    }
    if (states.size() == 1) {
      return List.of(HIDDEN);
    }
    return isMemory(states.get(1), states.get(0)) ? List.of(HIDDEN, CELL) : List.of();
  }

  /** Whether the step gives the state itself. A mask keeps both, or neither. */
  private boolean isGiven(int state, String item) {
    String next = body.next(state);
    if (next.equals(item)) {
      return true;
    }
    Optional<String> unmasked = unmasked(state);
    return unmasked.isPresent()
        && select(item).filter(inputs -> inputs.get(1).equals(unmasked.get())).isPresent();
  }

  /**
   * Whether an LSTM's state is a product of a gate and of a function of the memory, which itself
   * sums up the memory before, times a gate, and more.
   */
  private boolean isMemory(int memory, int hidden) {
    String kept = unmasked(memory).orElseGet(() -> body.next(memory));
    String given = unmasked(hidden).orElseGet(() -> body.next(hidden));
    String before = body.variable(memory).getName();
    return !kept.equals(given)
        && body.producer(given).filter(node -> node.getOp().equals("Mul")).isPresent()
        && ancestors(given).contains(kept)
        && ancestors(kept).stream()
            .flatMap(value -> body.producer(value).stream())
            .anyMatch(node -> isGated(node, before));
  }

  /** A product of the value and of what the step computes: no constant decides what is kept. */
  private boolean isGated(NodeDef node, String value) {
    if (!node.getOp().equals("Mul")) {
      return false;
    }
    List<String> factors = body.inputs(node);
    return factors.contains(value)
        && factors.stream()
            .filter(factor -> !factor.equals(value))
            .anyMatch(gate -> ancestors(gate).stream().anyMatch(this::isRead));
  }

  /** Whether the value is the step's input. */
  private boolean isRead(String value) {
    return body.producer(value)
        .filter(node -> node.getOp().equals("TensorListGetItem"))
        .isPresent();
  }

  /** What the step makes of a state, where a mask may keep the one before. */
  private Optional<String> unmasked(int state) {
    return select(body.next(state))
        .filter(inputs -> inputs.get(2).equals(body.variable(state).getName()))
        .map(inputs -> inputs.get(1));
  }

  private Optional<List<String>> select(String value) {
    return body.producer(value).filter(node -> SELECTS.contains(node.getOp())).map(body::inputs);
  }

  /** All values that a value is computed of, itself among them. */
  private Set<String> ancestors(String value) {
    Set<String> found = new HashSet<>(Set.of(value));
    Deque<String> open = new ArrayDeque<>(found);
    while (!open.isEmpty()) {
      body.producer(open.pop()).map(body::inputs).orElse(List.of()).stream()
          .filter(found::add)
          .forEach(open::push);
    }
    return found;
  }
}
