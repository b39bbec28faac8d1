package layertap.tensor;

import org.tensorflow.proto.DataType;

/** Conversions of IEEE 754 binary16 ("half") and bfloat16 to float. */
public final class HalfFloats {
  private HalfFloats() {}

  /** The value of bits of {@code DT_HALF} or {@code DT_BFLOAT16}. */
  public static float toFloat(DataType dtype, short bits) {
    return switch (dtype) {
      case DT_HALF -> halfToFloat(bits);
      case DT_BFLOAT16 -> bfloat16ToFloat(bits);
      default -> throw new IllegalArgumentException("%s has no floats of 16 bits".formatted(dtype));
    };
  }

  /** The values of bits of {@code DT_HALF} or {@code DT_BFLOAT16}. */
  public static float[] toFloats(DataType dtype, short[] bits) {
    float[] floats = new float[bits.length];
    for (int i = 0; i < bits.length; i++) {
      floats[i] = toFloat(dtype, bits[i]);
    }
    return floats;
  }

  /** The value of a binary16. */
  public static float halfToFloat(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = bits >>> 10 & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0) {
      float subnormal = fraction * 0x1p-24f;
      return sign == 0 ? subnormal : -subnormal;
    }
    int wide = exponent == 0x1f ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
  }

  /** The value of a bfloat16. */
  public static float bfloat16ToFloat(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }
}
