package layertap.input.value;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import layertap.failure.BadRowException;
import layertap.graph.Dtype;
import layertap.model.feed.FeedPlaceholder;
import org.tensorflow.proto.DataType;

/** The values of one tensor while they are filled in one by one, cast where nothing is lost. */
final class TensorElements {
  /** What is larger rounds to infinity. */
  private static final float LARGEST_HALF = Math.nextDown(65520f);

  private static final float LARGEST_BFLOAT16 = Math.nextDown(Float.intBitsToFloat(0x7f7f8000));

  private final DataType dtype;
  private final Dtype row;
  private final Object array;

  /** Values of zero, false or the empty string. */
  TensorElements(DataType dtype, int length) {
    this.dtype = dtype;
    this.row =
        Dtype.find(dtype)
            .filter(found -> found.fedAs().isPresent())
            .orElseThrow(
                () -> new IllegalArgumentException("cannot feed values of %s".formatted(dtype)));
    this.array = Dtype.newArray(FeedPlaceholder.fedType(dtype), length);
    if (array instanceof byte[][] strings) {
      Arrays.fill(strings, new byte[0]);
    }
  }

  Object array() {
    return array;
  }

  /**
   * Sets one value.
   *
   * @throws BadRowException if the value is null, no scalar, or does not fit the dtype
   */
  void set(int position, Object value) {
    if (value == null) {
      throw new BadRowException("element " + position + " is null");
    }
    if (array instanceof float[] floats) {
      floats[position] = toFloat(number(value));
    } else if (array instanceof double[] doubles) {
      doubles[position] = toDouble(number(value));
    } else if (array instanceof int[] ints) {
      ints[position] = (int) integer(value, row.smallest(), row.largest());
    } else if (array instanceof long[] longs) {
      longs[position] = integer(value, row.smallest(), row.largest());
    } else if (array instanceof byte[] bytes) {
      bytes[position] = (byte) integer(value, row.smallest(), row.largest());
    } else if (array instanceof boolean[] booleans) {
      booleans[position] = bool(value);
    } else {
      ((byte[][]) array)[position] = string(value);
    }
  }

  /**
   * Sets consecutive values.
   *
   * @throws BadRowException as {@link #set}
   */
  void setAll(int position, List<?> values, int from, int count) {
    if (values instanceof NumberList numbers
        && numbers.isOfFloats()
        && dtype == DataType.DT_FLOAT) {
      numbers.copy(from, array, position, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      set(position + i, values.get(from + i));
    }
  }

  private static Number number(Object value) {
    if (value instanceof Number number) {
      return number;
    }
    if (value instanceof Boolean bool) {
      return bool ? 1 : 0;
    }
    throw new BadRowException("'" + value + "' is no number");
  }

  /** Rounds a fraction, as every cast from double does, but no whole number. */
  private float toFloat(Number number) {
    float rounded = number.floatValue();
    if (becomesInfinite(number, Math.abs(rounded) > largestFloat()) || isInexact(number)) {
      throw doesNotFit(number);
    }
    return rounded;
  }

  private float largestFloat() {
    return switch (dtype) {
      case DT_HALF -> LARGEST_HALF;
      case DT_BFLOAT16 -> LARGEST_BFLOAT16;
      default -> Float.MAX_VALUE;
    };
  }

  private double toDouble(Number number) {
    double rounded = number.doubleValue();
    if (becomesInfinite(number, Double.isInfinite(rounded)) || isInexact(number)) {
      throw doesNotFit(number);
    }
    return rounded;
  }

  private static boolean becomesInfinite(Number number, boolean isInfinite) {
    return isInfinite && (number instanceof BigDecimal || Double.isFinite(number.doubleValue()));
  }

  /** Whether a number of a type without fractions has more digits than the dtype keeps. */
  private boolean isInexact(Number number) {
    if (number instanceof Double || number instanceof Float) {
      return false;
    }
    if (number instanceof BigDecimal decimal) {
      BigInteger whole = decimal.scale() > 0 ? BigInteger.ZERO : decimal.toBigInteger().abs();
      return whole.bitLength() - Math.max(0, whole.getLowestSetBit()) > precision();
    }
    // Unsigned: there is no positive number for the smallest.
    long whole = Math.abs(number.longValue());
    int zeros = Long.numberOfLeadingZeros(whole) + Long.numberOfTrailingZeros(whole);
    return Long.SIZE - zeros > precision();
  }

  /** Binary digits of a float. */
  private int precision() {
    return switch (dtype) {
      case DT_BFLOAT16 -> 8;
      case DT_HALF -> 11;
      case DT_FLOAT -> 24;
      default -> 53;
    };
  }

  private long integer(Object value, long smallest, long largest) {
    Number number = number(value);
    long whole = number.longValue();
    boolean isWhole = true;
    boolean isTooWide = false;
    if (number instanceof Float || number instanceof Double) {
      isWhole = number.doubleValue() == Math.rint(number.doubleValue());
      isTooWide = Math.abs(number.doubleValue()) >= 0x1p63;
    } else if (number instanceof BigDecimal decimal) {
      isWhole = decimal.stripTrailingZeros().scale() <= 0;
      isTooWide = decimal.compareTo(BigDecimal.valueOf(whole)) != 0;
    }
    if (!isWhole) {
      throw new BadRowException(value + " is no whole number, as " + row.pythonName() + " wants");
    }
    if (whole < smallest || whole > largest || isTooWide) {
      throw doesNotFit(value);
    }
    return whole;
  }

  private BadRowException doesNotFit(Object value) {
    return new BadRowException(value + " does not fit into " + row.pythonName());
  }

  private static boolean bool(Object value) {
    if (value instanceof Boolean bool) {
      return bool;
    }
    double number = number(value).doubleValue();
    if (number != 0 && number != 1) {
      throw new BadRowException(value + " is neither true nor false");
    }
    return number == 1;
  }

  private static byte[] string(Object value) {
    if (value instanceof byte[] bytes) {
      return bytes;
    }
    return value.toString().getBytes(StandardCharsets.UTF_8);
  }
}
