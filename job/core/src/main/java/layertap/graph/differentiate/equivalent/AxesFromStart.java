package layertap.graph.differentiate.equivalent;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.differentiate.value.SmallTensor;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;

/**
 * {@code GatherV2} whose axis, or whose number of batch axes, counts from the end: its gradient in
 * C++ takes slices of sizes there (array_grad.cc), which fails.
 *
 * <pre>
 *   x, indices, -1      becomes      x, indices, FloorMod(-1, Rank(x))
 * </pre>
 */
final class AxesFromStart {
  private static final int AXIS = 2;
  private static final String BATCH = "batch_dims";

  private AxesFromStart() {}

  /** Whether one may count from the end. */
  static boolean isOpen(GraphIndex graph, int position) {
    if (batchAxes(graph, position) < 0) {
      return true;
    }
    TensorId axis = graph.inputTensor(position, AXIS);
    return SmallTensor.of(graph.node(graph.require(axis.node())))
        .map(known -> known.value(0) < 0)
        .orElse(true);
  }

  private static long batchAxes(GraphIndex graph, int position) {
    return graph.node(position).getAttrOrDefault(BATCH, AttrValue.getDefaultInstance()).getI();
  }

  /** The same values, by axes that count from the start. */
  static Optional<TensorId> replace(
      GraphIndex graph, int position, Function<TensorId, TensorShape> shapes, NodeDefs nodes) {
    long batchAxes = batchAxes(graph, position);
    TensorId indices = graph.inputTensor(position, 1);
    TensorShape shape = batchAxes < 0 ? shapes.apply(indices) : TensorShape.unknown();
    if (batchAxes < 0 && !shape.isRankKnown()) {
      return Optional.empty();
    }
    TensorId x = graph.inputTensor(position, 0);
    TensorId axis = graph.inputTensor(position, AXIS);
    DataType dtype = graph.type(axis);
    TensorId count = nodes.node("Rank", "rank", x).attribute("T", graph.type(x)).add();
    TensorId rank = nodes.cast("rank_cast", count, DataType.DT_INT32, dtype);
    TensorId fromStart = nodes.node("FloorMod", "axis", axis, rank).attribute("T", dtype).add();
    NodeDefs.Node gathered = nodes.node("GatherV2", "gathered", x, indices, fromStart);
    List.of("Tparams", "Tindices", "Taxis")
        .forEach(name -> gathered.attribute(name, graph.node(position).getAttrOrThrow(name)));
    long ofBatch = batchAxes < 0 ? batchAxes + shape.sizes().size() : batchAxes;
    return Optional.of(gathered.attribute(BATCH, ofBatch).add());
  }
}
