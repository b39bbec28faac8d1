package layertap.suggest.layer;

import java.util.List;
import layertap.graph.TensorId;
import layertap.graph.TensorShape;
import org.tensorflow.proto.DataType;

/**
 * An output of a layer that holds values of each row.
 *
 * @param tensor as a selector finds it
 * @param source where it was computed, before identities handed it on
 * @param position of that op in the graph
 * @param rowShape shape of one row; its rank is known
 */
record LayerOutput(
    String selector,
    TensorId tensor,
    TensorId source,
    int position,
    DataType dtype,
    TensorShape rowShape) {
  private static final int RANK_OF_MAPS = 3;

  /** Whether it has axes of space, more than one value along them. */
  boolean isMap() {
    return rank() >= RANK_OF_MAPS && !isSinglePoint();
  }

  /** Whether it is steps of several values each. */
  boolean isSequence() {
    return rank() == 2 && !isSinglePoint();
  }

  /** Whether it is one vector, whatever axes of a single point it has. */
  boolean isVector() {
    return rank() == 1 || (rank() > 1 && isSinglePoint());
  }

  int rank() {
    return rowShape.sizes().size();
  }

  /** How many points a row has in space or time; {@link TensorShape#UNKNOWN} if rows decide. */
  long points() {
    List<Long> axes = pointAxes();
    return axes.contains(TensorShape.UNKNOWN)
        ? TensorShape.UNKNOWN
        : axes.stream().reduce(1L, (a, b) -> a * b);
  }

  private boolean isSinglePoint() {
    return points() == 1;
  }

  private List<Long> pointAxes() {
    return rowShape.sizes().subList(0, Math.max(0, rank() - 1));
  }
}
