package layertap.extract.serving;

import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import layertap.failure.BadRowException;
import layertap.graph.Dtype;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.FeedConversion.Holds;
import layertap.input.feed.PlannedFeed;
import layertap.input.image.RawImage;
import layertap.input.value.NumberList;
import org.tensorflow.proto.DataType;

/** Values of plain Java as the conversion of one feed takes them. Immutable. */
final class PlainValues {
  /** What a feed is made of. */
  private enum Kind {
    IMAGES,
    PATHS,
    TEXTS,
    NUMBERS
  }

  /** As many as a tensor of TensorFlow has at most. */
  private static final int MOST_AXES = 254;

  /** Its module need not be there. */
  private static final String SQL_DATE = "java.sql.Date";

  private final Kind kind;
  private final String dtype;

  PlainValues(PlannedFeed feed) {
    this.dtype = Dtype.nameOf(feed.point().dtype());
    if (feed.conversion() instanceof FeedConversion.Image image) {
      this.kind = image.holds() == Holds.PATHS ? Kind.PATHS : Kind.IMAGES;
    } else {
      this.kind = feed.point().dtype() == DataType.DT_STRING ? Kind.TEXTS : Kind.NUMBERS;
    }
  }

  /**
   * Null, a number, a truth value, a text, bytes, an image, or lists of such.
   *
   * @throws BadRowException if nothing that can be fed is made of the value
   */
  Object of(Object value) {
    return of(value, 0);
  }

  private Object of(Object value, int depth) {
    if (value == null || value instanceof String || value instanceof Boolean) {
      return value;
    }
    if (value instanceof Number number) {
      return number(number);
    }
    if (value instanceof byte[] || value instanceof ByteBuffer) {
      return binary(value);
    }
    if (value.getClass().isArray() || value instanceof List<?>) {
      return list(value, depth);
    }
    if (value instanceof CharSequence || value instanceof Character) {
      return value.toString();
    }
    if (value instanceof Path || value instanceof File || value instanceof URI) {
      return path(value);
    }
    if (value instanceof Map<?, ?> struct) {
      return image(struct);
    }
    if (value instanceof LocalDate || value.getClass().getName().equals(SQL_DATE)) {
      return date(value);
    }
    if (value instanceof RawImage && kind == Kind.IMAGES) {
      return value;
    }
    throw unknown(value);
  }

  /** Numbers whose value the conversions read whole. */
  private static Number number(Number value) {
    if (value instanceof BigInteger integer) {
      return new BigDecimal(integer);
    }
    if (value instanceof AtomicLong || value instanceof AtomicInteger) {
      return value.longValue();
    }
    boolean isKnown =
        value instanceof Double
            || value instanceof Float
            || value instanceof Long
            || value instanceof Integer
            || value instanceof Short
            || value instanceof Byte
            || value instanceof BigDecimal;
    if (!isKnown) {
      throw unknown(value);
    }
    return value;
  }

  private byte[] binary(Object value) {
    if (kind == Kind.NUMBERS) {
      throw new BadRowException(
          "the value is binary, of which no %s is made; give an int[] or a list of numbers"
              .formatted(dtype));
    }
    if (value instanceof ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return bytes;
    }
    return (byte[]) value;
  }

  private List<?> list(Object value, int depth) {
    if (depth == MOST_AXES) {
      throw new BadRowException("the value has lists in lists, more than %s deep".formatted(depth));
    }
    if (value instanceof NumberList numbers) {
      return numbers;
    }
    if (value instanceof float[]
        || value instanceof double[]
        || value instanceof int[]
        || value instanceof long[]) {
      return new NumberList(value);
    }
    if (value instanceof short[] shorts) {
      int[] wide = new int[shorts.length];
      Arrays.setAll(wide, i -> shorts[i]);
      return new NumberList(wide);
    }
    if (value instanceof boolean[] truths) {
      List<Object> list = new ArrayList<>(truths.length);
      for (boolean truth : truths) {
        list.add(truth);
      }
      return list;
    }
    if (value instanceof char[]) {
      throw unknown(value);
    }
    List<?> elements = value instanceof Object[] array ? Arrays.asList(array) : (List<?>) value;
    List<Object> list = new ArrayList<>(elements.size());
    for (Object element : elements) {
      list.add(of(element, depth + 1));
    }
    return list;
  }

  private String path(Object value) {
    if (kind != Kind.PATHS) {
      throw new BadRowException(
          "the value is a path; set image { holds = paths }, or give what is in the file");
    }
    if (value instanceof URI uri) {
      return path(uri);
    }
    if (value instanceof Path path && !path.getFileSystem().equals(FileSystems.getDefault())) {
      throw LocalNamedFiles.elsewhere(path.toUri());
    }
    return value.toString();
  }

  private static String path(URI uri) {
    boolean isFile = !uri.isAbsolute() || uri.getScheme().equalsIgnoreCase("file");
    if (!isFile || uri.getPath() == null || uri.getRawAuthority() != null) {
      throw LocalNamedFiles.elsewhere(uri);
    }
    return uri.getPath();
  }

  /** Spark's image struct. */
  private RawImage image(Map<?, ?> struct) {
    boolean isImage =
        kind == Kind.IMAGES
            && isWhole(struct.get("height"))
            && isWhole(struct.get("width"))
            && isWhole(struct.get("nChannels"))
            && struct.get("data") instanceof byte[];
    if (!isImage) {
      throw new BadRowException(
          "the value is a map with %s; name one of its values in the feed: column = a.b"
              .formatted(struct.keySet()));
    }
    return new RawImage(
        ((Number) struct.get("height")).longValue(),
        ((Number) struct.get("width")).longValue(),
        ((Number) struct.get("nChannels")).longValue(),
        (byte[]) struct.get("data"));
  }

  private static boolean isWhole(Object value) {
    return value instanceof Integer
        || value instanceof Long
        || value instanceof Short
        || value instanceof Byte;
  }

  private String date(Object value) {
    if (kind != Kind.TEXTS) {
      throw new BadRowException(
          "the value is a date, of which no %s is made; give its number of days".formatted(dtype));
    }
    return value.toString();
  }

  private static BadRowException unknown(Object value) {
    return new BadRowException(
        "a value of %s cannot be fed; give bytes, a text, numbers, or arrays or lists of such"
            .formatted(value.getClass().getTypeName()));
  }
}
