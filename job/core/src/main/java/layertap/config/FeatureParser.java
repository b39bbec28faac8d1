package layertap.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import layertap.config.JobConfig.Feature;
import layertap.failure.UserException;
import layertap.model.feature.FeatureOptions;
import layertap.model.feature.FeatureOptions.Layout;
import layertap.model.feature.FeatureOptions.Normalization;
import layertap.model.feature.FeatureOptions.Pool;
import layertap.model.feature.FeatureOptions.Store;
import layertap.model.select.BatchAxis;
import layertap.model.select.Selector;
import layertap.model.select.SelectorParser;
import layertap.model.select.SelectorParser.At;

/** Reads the list {@code features}. */
final class FeatureParser {
  private static final String KEY = "features";

  private final Section root;

  FeatureParser(Section root) {
    this.root = root;
  }

  List<Feature> parse() {
    List<Feature> features = new ArrayList<>();
    List<ConfigValue> elements = root.elements(KEY);
    for (int i = 0; i < elements.size(); i++) {
      parse(elements.get(i), i).ifPresent(features::add);
    }
    if (elements.isEmpty()) {
      root.problem(KEY, "is empty; name at least one layer");
    }
    return features;
  }

  private Optional<Feature> parse(ConfigValue element, int position) {
    if (element instanceof ConfigObject object) {
      Section section = root.element(KEY, position, object);
      Optional<Feature> feature = parse(section);
      section.finish();
      return feature;
    }
    if (element instanceof ConfigList || element.valueType() == ConfigValueType.NULL) {
      root.problem(KEY, position, element, "is neither a selector nor an object { … }");
      return Optional.empty();
    }
    try {
      String text = Section.asText(element).orElse("");
      Selector selector = SelectorParser.parse(text, At.OUTPUT);
      return Optional.of(new Feature(selector, "", FeatureOptions.PLAIN, BatchAxis.DEFAULT));
    } catch (UserException e) {
      root.problem(KEY, position, element, ": " + e.getMessage());
      return Optional.empty();
    }
  }

  private Optional<Feature> parse(Section section) {
    boolean isGradient = GradientParser.isGradient(section);
    String column = isGradient ? section.requiredText("column") : section.nonEmptyText("column");
    FeatureOptions form =
        new FeatureOptions(
            section.choice("pool", Pool.class, Pool.NONE),
            section.choice("normalize", Normalization.class, Normalization.NONE),
            section.choice("as", Layout.class, Layout.ARRAY),
            section.choice("store", Store.class, Store.NATIVE));
    if (form.store() != Store.NATIVE && form.layout() != Layout.ARRAY) {
      section.problem("store", "wants as = array");
    }
    if (isGradient) {
      return GradientParser.parse(section, form.pool())
          .map(gradient -> new Feature(gradient, column, form));
    }
    BatchAxis batchAxis = batchAxis(section);
    if (batchAxis.position() > 0 && form.pool() != Pool.NONE) {
      section.problem("pool", "goes with batch-axis = 0 only");
    }
    return selector(section).map(selector -> new Feature(selector, column, form, batchAxis));
  }

  private static BatchAxis batchAxis(Section section) {
    String text = section.text("batch-axis", "");
    Optional<BatchAxis> axis = BatchAxis.parse(text);
    if (axis.isEmpty() && !text.isEmpty()) {
      section.problem("batch-axis", "is '" + text + "', neither an axis, counted from 0, nor none");
    }
    return axis.orElse(BatchAxis.DEFAULT);
  }

  static Optional<Selector> selector(Section section) {
    boolean byLayer = section.has("layer");
    boolean byIndex = section.has("index");
    boolean byTensor = section.has("graph-tensor");
    boolean hasOutput = section.has("output");
    boolean hasAt = section.has("at");
    int given = (byLayer ? 1 : 0) + (byIndex ? 1 : 0) + (byTensor ? 1 : 0);
    if (given > 1 || (given == 0 && !hasOutput)) {
      section.problem("layer", "needs exactly one of layer, index, graph-tensor or output");
      return Optional.empty();
    }
    if (!byLayer && !byIndex && hasAt) {
      section.problem("at", "goes with layer or index only");
    }
    if (byTensor) {
      return Optional.of(new Selector.GraphTensor(section.requiredText("graph-tensor")));
    }
    if (!byLayer && !byIndex) {
      return Optional.of(new Selector.SignatureOutput(section.text("output", "")));
    }
    String key = byLayer ? "layer" : "index";
    String named = section.text(key, "");
    if (byIndex && !named.matches("-?\\d{1,6}")) {
      section.problem(key, "is '" + named + "', not a whole number; name a layer with layer = …");
      return Optional.empty();
    }
    String text = named + (hasOutput ? ":" + section.text("output", "") : "");
    return at(section).flatMap(at -> selector(section, key, text, at));
  }

  private static Optional<At> at(Section section) {
    try {
      return Optional.of(SelectorParser.parseAt(section.text("at", "output")));
    } catch (UserException e) {
      section.problem("at", ": " + e.getMessage());
      return Optional.empty();
    }
  }

  static Optional<Selector> selector(Section section, String key, String text, At at) {
    try {
      return Optional.of(SelectorParser.parse(text, at));
    } catch (UserException e) {
      section.problem(key, ": " + e.getMessage());
      return Optional.empty();
    }
  }
}
