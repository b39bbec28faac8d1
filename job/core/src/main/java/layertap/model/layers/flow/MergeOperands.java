package layertap.model.layers.flow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import layertap.model.layers.Region;

/**
 * Reads from the ops of Keras' own merging layers what the layer takes, in the order of its inputs:
 * one op takes them all, or a chain takes one after the other.
 *
 * <pre>
 *   a ─▶ AddV2 ─▶ AddV2 ─▶ sum        takes a, b, a
 *   b ──▲         a ──▲
 * </pre>
 *
 * A layer of the user's own may use its inputs in any order, so nothing of the kind holds for it.
 */
public final class MergeOperands {
  private static final Set<String> CHAINED =
      Set.of("Add", "AddV2", "Sub", "Mul", "Maximum", "Minimum");
  private static final Set<String> TAKING_ALL =
      Set.of("ConcatV2", "MatMul", "BatchMatMulV2", "BatchMatMulV3");

  private MergeOperands() {}

  /**
   * The operands, each as often as it is taken.
   *
   * @param entries what enters the region
   * @return empty if the ops are not those of a merge
   */
  public static Optional<List<TensorId>> of(
      Region region, Set<TensorId> entries, GraphIndex graph) {
    List<TensorId> operands = new ArrayList<>();
    TensorId merged = null;
    for (int position : region.positions()) {
      List<TensorId> inputs = graph.inputTensors(position);
      List<TensorId> taken = inputs.stream().filter(entries::contains).toList();
      if (taken.isEmpty()) {
        continue;
      }
      String op = graph.node(position).getOp();
      if (operands.isEmpty() && TAKING_ALL.contains(op)) {
        return Set.copyOf(taken).equals(entries) ? Optional.of(taken) : Optional.empty();
      }
      boolean isStart = operands.isEmpty() && taken.size() == 2;
      boolean isNext = inputs.equals(Arrays.asList(merged, taken.get(0)));
      if (!CHAINED.contains(op) || !(isStart || isNext)) {
        return Optional.empty();
      }
      operands.addAll(taken);
      merged = new TensorId(graph.node(position).getName(), 0);
    }
    return operands.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(operands));
  }
}
