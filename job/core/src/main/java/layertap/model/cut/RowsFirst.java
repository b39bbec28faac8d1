package layertap.model.cut;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import layertap.failure.UserException;
import layertap.graph.GraphIndex;
import layertap.graph.NodeDefs;
import layertap.graph.Ops;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import layertap.graph.rewrite.Substitution;
import layertap.model.select.BatchAxis;
import layertap.model.select.Tap;
import org.tensorflow.proto.DataType;

/**
 * Brings the axis of the rows to the front of what is tapped, where it is another one or is
 * missing.
 *
 * <pre>
 *   hidden states [layers, rows, units] ─▶ Transpose ─▶ [rows, layers, units]
 *   image of the one row [h, w, 3] ─▶ ExpandDims ─▶ [1, h, w, 3]
 * </pre>
 */
public final class RowsFirst {
  private static final String COPY = "layertap_tap_of/";
  private static final String ROWS = "layertap_rows_";

  private final boolean takesSingleRows;
  private final Substitution changes;
  private final GraphIndex graph;
  private final UnaryOperator<TensorId> replaced;

  /**
   * Prepares for the taps of one graph.
   *
   * @param takesSingleRows whether the model takes one row at a time
   * @param changes to which ops are added
   * @param replaced where the value of a tensor of the model comes from
   */
  RowsFirst(
      boolean takesSingleRows,
      GraphIndex graph,
      Substitution changes,
      UnaryOperator<TensorId> replaced) {
    this.graph = graph;
    this.takesSingleRows = takesSingleRows;
    this.changes = changes;
    this.replaced = replaced;
  }

  /** How the names begin of the nodes that bring the rows of a tap first; empty if none do. */
  public static String nodesOf(TensorId fetch) {
    return fetch.node().startsWith(ROWS)
        ? fetch.node().substring(0, fetch.node().lastIndexOf('/') + 1)
        : "";
  }

  /** Whether a tensor is what is fetched of one that is fed. */
  public static boolean isCopy(TensorId tensor, TensorId fed) {
    return tensor.node().equals(COPY + fed.node());
  }

  /** A session refuses to fetch what is fed, so a tap of an input fetches a copy. */
  private TensorId fetchable(TensorId tensor, DataType dtype) {
    boolean isFed = Ops.isPlaceholder(graph.node(graph.require(tensor.node())));
    return isFed ? changes.addIdentity(COPY + tensor.node(), tensor, dtype) : tensor;
  }

  /** A tensor with a place for each row along its first axis. */
  private record Rows(TensorId tensor, TensorShape shape) {}

  /**
   * What to fetch for a tap.
   *
   * @param computed tensor of the graph that holds its value
   * @param shape of it, as far as it is known
   * @throws UserException if the tensor has no such axis, or it is open which axis is meant
   */
  CutTap of(Tap tap, TensorId computed, TensorShape shape) {
    DataType dtype = graph.type(computed);
    Rows rows = rows(tap, fetchable(computed, dtype), dtype, shape);
    return new CutTap(tap, rows.tensor, dtype, rows.shape, computed);
  }

  private Rows rows(Tap tap, TensorId value, DataType dtype, TensorShape shape) {
    int axis = tap.batchAxis().position();
    if (axis > 0) {
      return transposed(tap, value, dtype, shape, axis);
    }
    if (tap.batchAxis().equals(BatchAxis.NONE) && !takesSingleRows) {
      throw new UserException(
          ("cannot tap '%s' with batch-axis = none: the model takes several rows at once, so one"
                  + " tensor holds them all; leave batch-axis out")
              .formatted(tap.selector()));
    }
    if (tap.distributed() != null && !tap.batchAxis().isConfigured()) {
      return steps(tap, value, dtype, shape);
    }
    return takesSingleRows && isWhole(tap, shape)
        ? expanded(tap, value, dtype, shape)
        : new Rows(value, shape);
  }

  /** Whether all of the tensor belongs to the one row. */
  private static boolean isWhole(Tap tap, TensorShape shape) {
    if (tap.batchAxis().isConfigured()) {
      return tap.batchAxis().equals(BatchAxis.NONE);
    }
    if (!shape.isRankKnown() || (!shape.sizes().isEmpty() && shape.sizes().get(0) < 0)) {
      throw new UserException(
          ("cannot tap '%s': the model takes one row at a time, and nothing tells whether the first"
                  + " axis of %s is that of the row or a part of its value; set batch-axis = 0 or"
                  + " batch-axis = none")
              .formatted(tap.selector(), shape));
    }
    return shape.sizes().isEmpty() || shape.sizes().get(0) != 1;
  }

  private Rows transposed(Tap tap, TensorId value, DataType dtype, TensorShape shape, int axis) {
    if (!shape.isRankKnown() || axis >= shape.sizes().size()) {
      throw new UserException(
          "cannot tap '%s' with batch-axis = %s: its shape is %s; name one of its axes, from 0"
              .formatted(tap.selector(), axis, shape));
    }
    int[] order =
        IntStream.concat(
                IntStream.of(axis),
                IntStream.range(0, shape.sizes().size()).filter(other -> other != axis))
            .toArray();
    NodeDefs nodes = nodes(tap, value);
    TensorId transposed =
        nodes
            .node("Transpose", "rows", value, nodes.vector("order", order))
            .attribute("T", dtype)
            .attribute("Tperm", DataType.DT_INT32)
            .add();
    changes.add(nodes.nodes());
    List<Long> sizes = IntStream.of(order).mapToObj(shape.sizes()::get).toList();
    return new Rows(transposed, TensorShape.of(sizes));
  }

  /** The steps of each row by themselves again. */
  private Rows steps(Tap tap, TensorId value, DataType dtype, TensorShape shape) {
    NodeDefs nodes = nodes(tap, value);
    TensorId whole = replaced.apply(tap.distributed());
    TensorId rowsAndSteps = sizes(nodes, "rows_and_steps", whole, graph.type(whole), 0, 2);
    TensorId others = sizes(nodes, "others", value, dtype, 1, 0);
    TensorId sizes =
        nodes
            .node("ConcatV2", "sizes", rowsAndSteps, others, nodes.scalar("axis", 0))
            .attribute("N", 2)
            .attribute("T", DataType.DT_INT32)
            .attribute("Tidx", DataType.DT_INT32)
            .add();
    TensorId apart = nodes.reshape("rows", value, dtype, sizes);
    changes.add(nodes.nodes());
    return new Rows(
        apart,
        shape.isRankKnown()
            ? TensorShape.of(
                Stream.concat(
                        Stream.of(TensorShape.UNKNOWN, TensorShape.UNKNOWN),
                        shape.sizes().stream().skip(1))
                    .toList())
            : shape);
  }

  /** Some sizes of a tensor: from one axis to before another; to the last if that is 0. */
  private static TensorId sizes(
      NodeDefs nodes, String name, TensorId tensor, DataType dtype, int from, int to) {
    TensorId all = nodes.sizes(name + "_shape", tensor, dtype);
    return nodes
        .node(
            "StridedSlice",
            name,
            all,
            nodes.vector(name + "_from", from),
            nodes.vector(name + "_to", to),
            nodes.vector(name + "_by", 1))
        .attribute("T", DataType.DT_INT32)
        .attribute("Index", DataType.DT_INT32)
        .attribute("begin_mask", 0)
        .attribute("end_mask", to == 0 ? 1 : 0)
        .attribute("ellipsis_mask", 0)
        .attribute("new_axis_mask", 0)
        .attribute("shrink_axis_mask", 0)
        .add();
  }

  private Rows expanded(Tap tap, TensorId value, DataType dtype, TensorShape shape) {
    NodeDefs nodes = nodes(tap, value);
    TensorId expanded =
        nodes
            .node("ExpandDims", "rows", value, nodes.scalar("axis", 0))
            .attribute("T", dtype)
            .attribute("Tdim", DataType.DT_INT32)
            .add();
    changes.add(nodes.nodes());
    return new Rows(
        expanded,
        shape.isRankKnown()
            ? TensorShape.of(Stream.concat(Stream.of(1L), shape.sizes().stream()).toList())
            : shape);
  }

  private static NodeDefs nodes(Tap tap, TensorId value) {
    return new NodeDefs(
        "%s%s/%s_%s/"
            .formatted(
                ROWS,
                tap.batchAxis().isConfigured() ? tap.batchAxis().text() : "first",
                value.node(),
                value.index()));
  }
}
