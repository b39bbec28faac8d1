package layertap.graph;

import java.lang.reflect.Array;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.tensorflow.proto.DataType;

/**
 * The dtypes of TensorFlow, one row for each: its name in Python, its bytes, the Java array that
 * holds its values, and in which dtype such values are fed and stored. References to variables
 * ({@code DT_FLOAT_REF}) and dtypes that no model computes with have no row.
 */
public enum Dtype {
  BOOL(DataType.DT_BOOL, "bool", Kind.BOOL, 1, boolean.class),
  STRING(DataType.DT_STRING, "string", Kind.STRING, 0, byte[].class),
  FLOAT32(DataType.DT_FLOAT, "float32", Kind.FLOAT, 4, float.class),
  FLOAT64(DataType.DT_DOUBLE, "float64", Kind.FLOAT, 8, double.class),
  INT32(DataType.DT_INT32, "int32", Kind.SIGNED, 4, int.class),
  INT64(DataType.DT_INT64, "int64", Kind.SIGNED, 8, long.class),

  // The array holds the bits. Java has no half: TensorFlow casts.
  FLOAT16(DataType.DT_HALF, "float16", Kind.FLOAT, 2, short.class, FLOAT32, FLOAT32),
  BFLOAT16(DataType.DT_BFLOAT16, "bfloat16", Kind.FLOAT, 2, short.class, FLOAT32, FLOAT32),

  UINT8(DataType.DT_UINT8, "uint8", Kind.UNSIGNED, 1, byte.class, null, INT32),
  INT8(DataType.DT_INT8, "int8", Kind.SIGNED, 1, null, INT32, INT32),
  INT16(DataType.DT_INT16, "int16", Kind.SIGNED, 2, null, INT32, INT32),
  UINT16(DataType.DT_UINT16, "uint16", Kind.UNSIGNED, 2, null, INT32, INT32),
  UINT32(DataType.DT_UINT32, "uint32", Kind.UNSIGNED, 4, null, INT64, INT64),

  // Neither fed nor stored.
  UINT64(DataType.DT_UINT64, "uint64", Kind.UNSIGNED, 8),
  COMPLEX64(DataType.DT_COMPLEX64, "complex64", Kind.OTHER, 8),
  COMPLEX128(DataType.DT_COMPLEX128, "complex128", Kind.OTHER, 16),
  QINT8(DataType.DT_QINT8, "qint8", Kind.OTHER, 1),
  QUINT8(DataType.DT_QUINT8, "quint8", Kind.OTHER, 1),
  QINT16(DataType.DT_QINT16, "qint16", Kind.OTHER, 2),
  QUINT16(DataType.DT_QUINT16, "quint16", Kind.OTHER, 2),
  QINT32(DataType.DT_QINT32, "qint32", Kind.OTHER, 4),
  FLOAT8_E5M2(DataType.DT_FLOAT8_E5M2, "float8_e5m2", Kind.OTHER, 1),
  FLOAT8_E4M3FN(DataType.DT_FLOAT8_E4M3FN, "float8_e4m3fn", Kind.OTHER, 1),
  RESOURCE(DataType.DT_RESOURCE, "resource", Kind.OTHER, 0),
  VARIANT(DataType.DT_VARIANT, "variant", Kind.OTHER, 0);

  private enum Kind {
    FLOAT,
    SIGNED,
    UNSIGNED,
    BOOL,
    STRING,
    OTHER
  }

  private static final Map<DataType, Dtype> BY_TYPE = new EnumMap<>(DataType.class);

  static {
    for (Dtype dtype : values()) {
      BY_TYPE.put(dtype.type, dtype);
    }
  }

  private final DataType type;
  private final String pythonName;
  private final Kind kind;
  private final int bytes;
  private final Class<?> element;
  private final Dtype fedAs;
  private final Dtype storedAs;

  /** Fed and stored as it is. */
  Dtype(DataType type, String pythonName, Kind kind, int bytes, Class<?> element) {
    this(type, pythonName, kind, bytes, element, null, null);
  }

  /** Neither fed nor stored. */
  Dtype(DataType type, String pythonName, Kind kind, int bytes) {
    this(type, pythonName, kind, bytes, null, null, null);
  }

  /**
   * A row.
   *
   * @param bytes of a value; 0 where values differ
   * @param element of the Java array that holds values; null for none
   * @param fedAs null for itself, if it has a Java array
   * @param storedAs null for itself, if it has a Java array
   */
  Dtype(
      DataType type,
      String pythonName,
      Kind kind,
      int bytes,
      Class<?> element,
      Dtype fedAs,
      Dtype storedAs) {
    this.type = type;
    this.pythonName = pythonName;
    this.kind = kind;
    this.bytes = bytes;
    this.element = element;
    Dtype itself = element == null ? null : this;
    this.fedAs = fedAs == null ? itself : fedAs;
    this.storedAs = storedAs == null ? itself : storedAs;
  }

  /** The row of a dtype. */
  public static Optional<Dtype> find(DataType type) {
    return Optional.ofNullable(BY_TYPE.get(type));
  }

  /** The name as TensorFlow's Python API writes it, of a dtype without a row too. */
  public static String nameOf(DataType type) {
    return find(type)
        .map(Dtype::pythonName)
        .orElseGet(() -> type.name().replaceFirst("^DT_", "").toLowerCase(Locale.ROOT));
  }

  /** Whether the dtype is of floating-point numbers that TensorFlow computes with. */
  public static boolean isFloat(DataType type) {
    return find(type).filter(Dtype::isFloat).isPresent();
  }

  /** Whether the dtype is of floating-point numbers of 16 bits: half or bfloat16. */
  public static boolean isShortFloat(DataType type) {
    return isFloat(type) && bytesOf(type) == Short.BYTES;
  }

  /** How many bytes a value takes; 0 where values differ. */
  public static int bytesOf(DataType type) {
    return find(type).map(Dtype::bytes).orElse(0);
  }

  /** An array for values of a dtype: zero, false; null for strings. */
  public static Object newArray(DataType type, int length) {
    return find(type)
        .map(Dtype::element)
        .map(element -> Array.newInstance(element, length))
        .orElseThrow(
            () -> new IllegalArgumentException("dtype %s has no form in Java".formatted(type)));
  }

  public DataType type() {
    return type;
  }

  /** As {@code float32}. */
  public String pythonName() {
    return pythonName;
  }

  /** Bytes of a value; 0 where values differ. */
  public int bytes() {
    return bytes;
  }

  /** The component type of the Java array that holds values; null for none. */
  public Class<?> element() {
    return element;
  }

  /** The dtype in which values are fed; the graph casts them. */
  public Optional<Dtype> fedAs() {
    return Optional.ofNullable(fedAs);
  }

  /** The dtype to which the graph casts values for a column. */
  public Optional<Dtype> storedAs() {
    return Optional.ofNullable(storedAs);
  }

  public boolean isFloat() {
    return kind == Kind.FLOAT;
  }

  public boolean isInteger() {
    return kind == Kind.SIGNED || kind == Kind.UNSIGNED;
  }

  public boolean isUnsigned() {
    return kind == Kind.UNSIGNED;
  }

  /** The smallest value of an integer dtype that is fed. */
  public long smallest() {
    return isUnsigned() ? 0 : ~largest();
  }

  /** The largest value of an integer dtype that is fed. */
  public long largest() {
    if (!isInteger() || fedAs == null) {
      throw new IllegalStateException("no whole numbers are fed as %s".formatted(pythonName));
    }
    int signBits = isUnsigned() ? 0 : 1;
    return -1L >>> (Long.SIZE - Byte.SIZE * bytes + signBits);
  }
}
