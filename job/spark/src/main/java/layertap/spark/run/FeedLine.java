package layertap.spark.run;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import layertap.graph.Dtype;
import layertap.input.feed.ConversionText;
import layertap.input.feed.FedRange;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.PlannedFeed;
import layertap.input.value.SequenceSettings.Padding;
import layertap.model.feed.FeedPlaceholder;
import layertap.spark.schema.NestedType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;

/**
 * What goes in by one feed: from which column, by which conversion, between which numbers, as which
 * tensor.
 *
 * @param column with its type, if the input was looked at
 * @param range of the values that the model gets; empty for texts
 * @param tensor dtype and shape of a row
 */
public record FeedLine(
    String target, String column, String conversion, String range, String tensor) {
  private static final String AS_STORED = "as stored";

  /**
   * The lines of a plan's feeds.
   *
   * @param types of the columns of all feeds, one after the other; empty if they are not known
   */
  static List<FeedLine> of(List<PlannedFeed> feeds, List<DataType> types) {
    Iterator<DataType> next = types.iterator();
    List<FeedLine> lines = new ArrayList<>();
    for (PlannedFeed feed : feeds) {
      List<DataType> own = new ArrayList<>();
      for (int i = 0; i < feed.columns().size() && next.hasNext(); i++) {
        own.add(next.next());
      }
      lines.add(of(feed, own));
    }
    return lines;
  }

  private static FeedLine of(PlannedFeed feed, List<DataType> types) {
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < feed.columns().size(); i++) {
      String type = types.isEmpty() ? "" : " " + types.get(i).simpleString();
      columns.add(feed.columns().get(i) + type);
    }
    return new FeedLine(
        feed.target().text(),
        String.join(", ", columns),
        ConversionText.of(feed),
        range(feed, types),
        tensor(feed.point(), feed.rowShape().toString()));
  }

  /** A feed that takes one value for all rows. */
  static FeedLine of(FeedPlaceholder point, FeedConversion.Constant constant) {
    return new FeedLine(
        point.target().text(),
        "",
        "value = " + constant.value(),
        "",
        tensor(point, point.shape().toString()));
  }

  private static String tensor(FeedPlaceholder point, String shape) {
    return Dtype.nameOf(point.dtype()) + " " + shape;
  }

  private static String range(PlannedFeed feed, List<DataType> types) {
    if (feed.conversion() instanceof FeedConversion.Image image) {
      return FedRange.of(image.options()).toString();
    }
    String stored = types.size() == 1 ? range(NestedType.of(types.get(0)).element()) : AS_STORED;
    boolean isPadded =
        feed.conversion() instanceof FeedConversion.Sequence sequence
            && sequence.settings().pad() != Padding.NONE;
    return isPadded
        ? "%s; %s in added steps"
            .formatted(
                stored, number(((FeedConversion.Sequence) feed.conversion()).settings().value()))
        : stored;
  }

  private static String number(double value) {
    return value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value);
  }

  private static String range(DataType element) {
    if (element instanceof BooleanType) {
      return "0 … 1";
    }
    if (element instanceof ByteType) {
      return "%s … %s".formatted(Byte.MIN_VALUE, Byte.MAX_VALUE);
    }
    if (element instanceof ShortType) {
      return "%s … %s".formatted(Short.MIN_VALUE, Short.MAX_VALUE);
    }
    return element instanceof StringType ? "" : AS_STORED;
  }
}
