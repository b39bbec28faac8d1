package layertap.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import layertap.config.JobConfig.Feed;
import layertap.graph.TensorShape;
import layertap.input.feed.FeedConversion;
import layertap.input.feed.FeedConversion.Holds;
import layertap.input.value.SequenceSettings;
import layertap.input.value.SequenceSettings.Padding;
import layertap.input.value.SequenceSettings.Side;
import layertap.model.select.FeedTarget;
import layertap.model.select.SelectorParser.At;

/** Reads the list {@code feeds}. */
final class FeedParser {
  private static final String KEY = "feeds";

  private final Section root;

  FeedParser(Section root) {
    this.root = root;
  }

  List<Feed> parse() {
    List<Feed> feeds = new ArrayList<>();
    List<ConfigValue> elements = root.elements(KEY);
    for (int i = 0; i < elements.size(); i++) {
      if (elements.get(i) instanceof ConfigObject object) {
        Section section = root.element(KEY, i, object);
        List<String> columns = section.has("value") ? List.of() : columns(section);
        Optional<FeedTarget> target = target(section);
        FeedConversion conversion =
            section.has("value") ? ConstantParser.parse(section) : conversion(section);
        if (columns.size() > 1 && conversion instanceof FeedConversion.Image) {
          section.problem("columns", "are several, but an image comes from one");
        }
        section.finish();
        target.ifPresent(found -> feeds.add(new Feed(found, columns, conversion)));
      } else {
        root.problem(KEY, i, elements.get(i), "is not an object { input = …, column = … }");
      }
    }
    return feeds;
  }

  private static List<String> columns(Section section) {
    if (!section.has("columns")) {
      return List.of(section.requiredText("column"));
    }
    if (section.has("column")) {
      section.problem("columns", "wants column to be left out");
    }
    List<String> columns = section.texts("columns");
    if (columns.isEmpty()) {
      section.problem("columns", "is empty; name the column that is fed");
    }
    if (columns.contains("")) {
      section.problem("columns", "holds an empty name");
    }
    return columns;
  }

  private static Optional<FeedTarget> target(Section section) {
    List<Optional<FeedTarget>> targets = new ArrayList<>();
    if (section.has("input")) {
      targets.add(Optional.of(new FeedTarget.Input(section.text("input", ""))));
    }
    if (section.has("into")) {
      targets.add(
          FeatureParser.selector(section, "into", section.text("into", ""), At.OUTPUT)
              .map(FeedTarget.Into::new));
    }
    if (section.has("output-of")) {
      targets.add(
          FeatureParser.selector(section, "output-of", section.text("output-of", ""), At.OUTPUT)
              .map(FeedTarget.OutputOf::new));
    }
    if (section.has("graph-tensor")) {
      targets.add(Optional.of(new FeedTarget.Tensor(section.text("graph-tensor", ""))));
    }
    if (targets.size() != 1) {
      section.problem("input", "needs exactly one of input, into, output-of or graph-tensor");
      return Optional.empty();
    }
    return targets.get(0);
  }

  private static FeedConversion conversion(Section section) {
    boolean image = section.has("image");
    boolean sequence = section.has("sequence");
    boolean tensor = section.has("tensor");
    if ((image ? 1 : 0) + (sequence ? 1 : 0) + (tensor ? 1 : 0) > 1) {
      section.problem("image", "takes at most one of image, sequence and tensor");
    }
    if (image) {
      return image(section.section("image"));
    }
    return sequence ? sequence(section.section("sequence")) : tensor(section.section("tensor"));
  }

  private static FeedConversion image(Section section) {
    Holds holds = section.choice("holds", Holds.class, Holds.IMAGES);
    return new FeedConversion.Image(ImageParser.parse(section), holds);
  }

  private static FeedConversion sequence(Section section) {
    SequenceSettings settings =
        new SequenceSettings(
            section.wholeNumber("max-length", 1, SequenceSettings.LENGTH_OF_MODEL),
            section.choice("pad", Padding.class, Padding.POST),
            section.choice("truncate", Side.class, Side.POST),
            section.number("value", 0));
    section.finish();
    return new FeedConversion.Sequence(settings);
  }

  private static FeedConversion tensor(Section section) {
    List<Long> sizes = new ArrayList<>();
    boolean isGiven = section.has("shape");
    for (String text : section.texts("shape")) {
      if (text.matches("-1|\\d{1,9}")) {
        sizes.add(Long.parseLong(text));
      } else {
        section.problem(
            "shape", "holds '" + text + "', which is not a size (-1 for an unknown one)");
      }
    }
    section.finish();
    return new FeedConversion.Tensor(isGiven ? TensorShape.of(sizes) : TensorShape.unknown());
  }
}
