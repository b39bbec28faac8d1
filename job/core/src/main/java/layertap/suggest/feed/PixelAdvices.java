package layertap.suggest.feed;

import java.util.List;
import layertap.model.LoadedModel;

/** Says what is to be done to the pixels that a model takes. */
public final class PixelAdvices {
  /** Looks at a model, whose graph alone is read. */
  public PixelAdvices(LoadedModel model) {}

  /** The advice for an input of the signature. */
  public PixelAdvice of(String input) {
    return new PixelAdvice(
        "",
        List.of(),
        List.of(
            "was the model trained on pixels of 0 to 255, as they are fed here? Else write"
                + " preprocessing = the family of keras.applications, or scale, mean and std"));
  }
}
