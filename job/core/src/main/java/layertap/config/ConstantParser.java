package layertap.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import layertap.input.feed.FeedConversion;

/** Reads the {@code value} of a feed that takes one for all rows. */
final class ConstantParser {
  private static final List<String> OF_COLUMNS =
      List.of("column", "columns", "image", "sequence", "tensor");

  private ConstantParser() {}

  static FeedConversion parse(Section section) {
    for (String key : OF_COLUMNS) {
      if (section.has(key)) {
        section.problem("value", "is one value for all rows; leave out " + key);
      }
    }
    ConfigValue value = section.value("value").orElseThrow();
    if (!(value instanceof ConfigList list)) {
      return new FeedConversion.Constant(single(section, value));
    }
    ArrayList<Serializable> values = new ArrayList<>();
    list.forEach(element -> values.add(single(section, element)));
    if (values.isEmpty()) {
      section.problem("value", "is empty");
    }
    return new FeedConversion.Constant(values);
  }

  private static Serializable single(Section section, ConfigValue value) {
    Object plain = value.unwrapped();
    if (plain instanceof Boolean || plain instanceof Number || plain instanceof String) {
      return (Serializable) plain;
    }
    section.problem("value", "is neither true, false, a number or a text, nor a list of such");
    return false;
  }
}
