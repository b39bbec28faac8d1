package layertap.model.select;

import static java.util.Objects.requireNonNull;

import java.io.Serializable;
import java.util.List;
import layertap.graph.TensorId;
import layertap.graph.rewrite.StepRecording;

/**
 * A tensor to fetch.
 *
 * @param selector that finds it again, fully spelled
 * @param layer path of the layer that it belongs to; empty for a raw tensor
 * @param tensor of the flat graph with the loops of {@code recordings}
 * @param columnName default name of its column
 * @param recordings loops to add to the graph so that it computes the tensor; most need none
 * @param batchAxis which axis of the tensor has a place for each row
 * @param distributed a tensor [rows, steps, …] of which this one has the rows and steps together as
 *     its first axis; or null
 */
public record Tap(
    String selector,
    String layer,
    TensorId tensor,
    String columnName,
    List<StepRecording> recordings,
    BatchAxis batchAxis,
    TensorId distributed)
    implements Serializable {
  /** Ends the name of a call in the selector of its input. */
  public static final String INPUT = ":input";

  /** A tensor that the graph computes as it is. */
  public Tap(String selector, String layer, TensorId tensor, String columnName) {
    this(selector, layer, tensor, columnName, List.of(), BatchAxis.DEFAULT, null);
  }

  /** The same tap of a tensor whose rows lie along an axis. */
  public Tap along(BatchAxis axis) {
    return new Tap(selector, layer, tensor, columnName, recordings, axis, distributed);
  }

  /** The same tap of a tensor whose first axis has the rows and steps of another together. */
  Tap distributedOver(TensorId rowsAndSteps) {
    return new Tap(selector, layer, tensor, columnName, recordings, batchAxis, rowsAndSteps);
  }

  public Tap {
    requireNonNull(selector, "selector is null");
    requireNonNull(layer, "layer is null");
    requireNonNull(tensor, "tensor is null");
    requireNonNull(columnName, "columnName is null");
    recordings = List.copyOf(recordings);
    requireNonNull(batchAxis, "batchAxis is null");
  }

  /** A column name: whatever is no letter, digit or underscore becomes an underscore. */
  static String toColumnName(String text) {
    return text.replaceAll("[^A-Za-z0-9_]", "_");
  }
}
