package layertap.model.restore;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import layertap.tensor.HalfFloats;
import org.tensorflow.proto.DataType;

/** Reads numbers as a checkpoint holds them. */
final class CheckpointNumbers {
  private CheckpointNumbers() {}

  /** The values of bytes, little-endian, true as 1; empty for other dtypes than these. */
  static Optional<double[]> decode(DataType dtype, byte[] bytes) {
    return switch (dtype) {
      case DT_FLOAT -> Optional.of(read(bytes, Float.BYTES, ByteBuffer::getFloat));
      case DT_DOUBLE -> Optional.of(read(bytes, Double.BYTES, ByteBuffer::getDouble));
      case DT_INT32 -> Optional.of(read(bytes, Integer.BYTES, ByteBuffer::getInt));
      case DT_INT64 -> Optional.of(read(bytes, Long.BYTES, ByteBuffer::getLong));
      case DT_BOOL -> Optional.of(read(bytes, Byte.BYTES, ByteBuffer::get));
      case DT_HALF, DT_BFLOAT16 ->
          Optional.of(
              read(bytes, Short.BYTES, buffer -> HalfFloats.toFloat(dtype, buffer.getShort())));
      default -> Optional.empty();
    };
  }

  private static double[] read(byte[] bytes, int size, ToDoubleFunction<ByteBuffer> next) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    double[] values = new double[bytes.length / size];
    for (int i = 0; i < values.length; i++) {
      values[i] = next.applyAsDouble(buffer);
    }
    return values;
  }
}
