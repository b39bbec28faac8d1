package layertap.graph;

import java.util.Locale;
import org.tensorflow.proto.DataType;

/** Names of dtypes as TensorFlow's Python API writes them. */
public final class DtypeNames {
  private DtypeNames() {}

  /** As {@code float32}. */
  public static String of(DataType dtype) {
    return switch (dtype) {
      case DT_FLOAT -> "float32";
      case DT_DOUBLE -> "float64";
      case DT_HALF -> "float16";
      default -> dtype.name().replaceFirst("^DT_", "").toLowerCase(Locale.ROOT);
    };
  }
}
