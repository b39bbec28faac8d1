package layertap.model.layers;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import layertap.graph.TensorId;

/**
 * The tensors of a call as a derivative tells them apart. A layer that hands on what it takes may
 * do so by an identity, which is a tensor of its own, or hand on the tensor itself; values are the
 * same, ways to a score are not.
 *
 * <pre>
 *   Relu ─┬─▶ drop/Identity ─▶ MatMul ─▶ Add     by drop/Identity: one way
 *         └──────────────────────────────▲       by Relu: both
 * </pre>
 *
 * @param inputs that enter, in Keras' order; empty if not all of them are known
 * @param outputs by Keras' position, as far as they are known
 * @param ambiguous positions of outputs for which several identities come into question
 * @param passers by position of an output that is handed on without an op: the layers that take
 *     that tensor and not the output
 */
public record GradientTensors(
    List<TensorId> inputs,
    Map<Integer, TensorId> outputs,
    Set<Integer> ambiguous,
    Map<Integer, List<String>> passers) {
  /** Where nothing tells of more than values. */
  public static final GradientTensors NONE =
      new GradientTensors(List.of(), Map.of(), Set.of(), Map.of());

  public GradientTensors {
    inputs = List.copyOf(inputs);
    outputs = Collections.unmodifiableMap(new TreeMap<>(outputs));
    ambiguous = Set.copyOf(ambiguous);
    passers = Map.copyOf(passers);
  }
}
