package layertap.model.cut;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import layertap.failure.GraphException;
import layertap.failure.UserException;
import layertap.graph.freeze.FrozenGraph;
import layertap.model.LoadedModel;
import layertap.model.checkpoint.BundleEntry;
import layertap.model.layers.Layer;
import layertap.model.restore.KeptVariable;
import layertap.model.restore.KeptVariables;
import layertap.model.select.Selector;
import org.tensorflow.proto.GraphDef;

/**
 * Whether a graph can hold what is kept of a model and does not stream into variables: its ops,
 * their own constants, values of a few dtypes. Memory alone limits what streams.
 */
final class FrozenSize {
  /** A GraphDef is a protocol buffer, and none holds more. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - (1L << 20);

  private final LoadedModel source;
  private final Consumer<ModelCutter> feeds;

  /**
   * Judges cuts of a model.
   *
   * @param feeds gives another cut the same feeds
   */
  FrozenSize(LoadedModel source, Consumer<ModelCutter> feeds) {
    this.source = source;
    this.feeds = feeds;
  }

  /**
   * Goes on only if the graph can be frozen.
   *
   * @throws UserException names the deepest layer that can
   */
  void require(GraphDef frozen, List<KeptVariable> kept) {
    long bytes = bytes(frozen, kept);
    if (bytes > MAX_BYTES) {
      throw new UserException(
          ("cannot freeze the kept part of %s: its ops, their constants and its variables of other"
                  + " dtypes than float, int32, int64, uint8 and bool have %s bytes, a frozen graph"
                  + " holds %s; %s, or feed a layer in the middle with into or output-of")
              .formatted(
                  source.files().location(),
                  bytes,
                  MAX_BYTES,
                  deepestFit()
                      .map("the deepest layer that fits is '%s', tap that or one before"::formatted)
                      .orElse("no layer fits")));
    }
  }

  /** The last layer in the model's order that can be frozen with the same feeds. */
  private Optional<String> deepestFit() {
    List<Layer> layers = new ArrayList<>(source.layers().layers());
    Collections.reverse(layers);
    return layers.stream()
        .filter(layer -> layer.calls().size() == 1)
        .filter(layer -> frozenBytes(layer) <= MAX_BYTES)
        .map(Layer::path)
        .findFirst();
  }

  private long frozenBytes(Layer layer) {
    ModelCutter other = new ModelCutter(source);
    try {
      feeds.accept(other);
      other.tap(new Selector.ByName(layer.path(), Selector.ByName.ANY, "", Selector.Side.OUTPUT));
      FrozenGraph frozen = other.freeze(other.cut());
      return bytes(
          frozen.graph(),
          new KeptVariables(source.files(), source.initializers()).find(frozen.variables()));
    } catch (UserException | GraphException e) {
      return Long.MAX_VALUE;
    }
  }

  private static long bytes(GraphDef frozen, List<KeptVariable> kept) {
    return frozen.getSerializedSize()
        + kept.stream()
            .map(KeptVariable::entry)
            .filter(entry -> !entry.canStream())
            .mapToLong(BundleEntry::length)
            .sum();
  }
}
