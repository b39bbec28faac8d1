package layertap.model.preprocessing;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a model does to one of its inputs before its first layer. Immutable.
 *
 * @param input key in the signature
 * @param isImage whether it takes numbers in the shape of images
 * @param uses the first layers that take the input, each with what the model made of it before;
 *     none if only sizes of it are taken, or if a compiled part takes it, which does not show
 */
public record InputScaling(String input, boolean isImage, List<FirstLayer> uses)
    implements Serializable {
  /**
   * A layer that takes an input.
   *
   * @param kind its class, or its op
   * @param map what the model did to the input until there
   */
  public record FirstLayer(String kind, ChannelMap map) implements Serializable {}

  public InputScaling {
    uses = List.copyOf(uses);
  }

  /** Whether all first layers take the same numbers, so that there is one answer. */
  public boolean isClear() {
    return !uses.isEmpty() && uses.stream().allMatch(use -> use.map().isCloseTo(uses.get(0).map()));
  }

  /**
   * What the model does to the input, the same for all of its first layers; see {@link #isClear}.
   */
  public ChannelMap map() {
    return uses.isEmpty() ? ChannelMap.IDENTITY : uses.get(0).map();
  }

  /** Whether the model scales or moves the numbers, for every first layer. */
  public boolean isScaled() {
    return isClear() && !map().keepsValues();
  }

  /**
   * Whether there is something to say: that images are not scaled matters, of others it does not.
   */
  public boolean isWorthSaying() {
    return !uses.isEmpty() && (isImage || uses.stream().anyMatch(use -> !use.map().isIdentity()));
  }

  /** A sentence that says so, without the name of the input. */
  public String text() {
    if (uses.isEmpty()) {
      return "the model takes only its size";
    }
    if (!isClear()) {
      return uses.stream()
          .map(use -> "%s takes %s".formatted(use.kind(), taken(use.map())))
          .distinct()
          .collect(Collectors.joining("; ", "the model takes it in several ways: ", ""));
    }
    if (map().keepsValues()) {
      return "no scaling seen: first layer %s takes the %s %s"
          .formatted(
              uses.get(0).kind(),
              isImage ? "pixels" : "values",
              map().isReordered() ? "with " + map().orderText() : "as fed");
    }
    return "this model scales its input itself: %s%s"
        .formatted(map().text(), map().isReordered() ? ", " + map().orderText() : "");
  }

  private static String taken(ChannelMap map) {
    if (map.isIdentity()) {
      return "the values as fed";
    }
    return map.keepsValues() ? map.orderText() : map.text();
  }
}
