package layertap.plan;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import layertap.tensor.HostTensor;
import org.tensorflow.proto.DataType;

/**
 * What the driver's self-check computed, for executors to compare with.
 *
 * @param recipe how the rows were made
 * @param rows for each synthetic row its features; none if nothing was checked
 * @param warnings for the user
 */
public record CheckedValues(int recipe, List<List<Value>> rows, List<String> warnings)
    implements Serializable {
  /** Nothing was checked. */
  public static final CheckedValues NONE = new CheckedValues(0, List.of(), List.of());

  public CheckedValues {
    rows = rows.stream().map(List::copyOf).toList();
    warnings = List.copyOf(warnings);
  }

  /** A tensor that can be sent. */
  public record Value(DataType dtype, long[] shape, Object values) implements Serializable {
    public HostTensor toTensor() {
      return HostTensor.of(dtype, shape, values);
    }
  }

  public static CheckedValues of(int recipe, List<List<HostTensor>> rows, List<String> warnings) {
    List<List<Value>> values = new ArrayList<>();
    for (List<HostTensor> row : rows) {
      values.add(
          row.stream()
              .map(tensor -> new Value(tensor.dtype(), tensor.shape(), tensor.values()))
              .toList());
    }
    return new CheckedValues(recipe, values, warnings);
  }

  /** For each row its features as tensors. */
  public List<List<HostTensor>> tensors() {
    return rows.stream().map(row -> row.stream().map(Value::toTensor).toList()).toList();
  }

  /** Whether there is something to compare with. */
  public boolean isPresent() {
    return !rows.isEmpty();
  }
}
