package layertap.graph.differentiate;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import layertap.graph.Dtype;
import layertap.graph.GraphIndex;
import layertap.graph.TensorId;
import org.tensorflow.proto.DataType;

/**
 * Ops whose gradients in C++ (math_grad.cc, nn_grad.cc) are of single precision whatever they take:
 * of double precision they are refused by TensorFlow, or end the process.
 */
final class DoublePrecision {
  private static final Set<String> OPS =
      Set.of("Angle", "Complex", "Imag", "Real", "SoftmaxCrossEntropyWithLogits");

  private static final Set<DataType> DOUBLE = Set.of(DataType.DT_DOUBLE, DataType.DT_COMPLEX128);

  private DoublePrecision() {}

  /** Why a node has no gradient, if it is of such an op. */
  static Optional<String> reason(GraphIndex graph, int position) {
    return OPS.contains(graph.node(position).getOp())
        ? types(graph, position).filter(DOUBLE::contains).findFirst().map(DoublePrecision::told)
        : Optional.empty();
  }

  private static Stream<DataType> types(GraphIndex graph, int position) {
    Stream<TensorId> taken = graph.inputTensors(position).stream();
    return Stream.concat(taken.map(graph::type), graph.outputTypes(position).stream());
  }

  private static String told(DataType dtype) {
    return "of %s".formatted(Dtype.nameOf(dtype));
  }
}
