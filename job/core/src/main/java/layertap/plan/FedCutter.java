package layertap.plan;

import java.util.List;
import layertap.config.JobConfig;
import layertap.input.feed.FeedConversion;
import layertap.model.LoadedModel;
import layertap.model.cut.ModelCutter;
import layertap.model.feed.FeedPlaceholder;

/** Makes cuts of a model with a configuration's feeds. */
final class FedCutter {
  private FedCutter() {}

  /** A cut without taps yet. */
  static ModelCutter of(LoadedModel source, List<JobConfig.Feed> feeds) {
    ModelCutter cutter = new ModelCutter(source);
    for (JobConfig.Feed feed : feeds) {
      if (feed.conversion() instanceof FeedConversion.Constant constant) {
        FeedPlaceholder point = cutter.feedConstant(feed.target());
        cutter.fix(point, constant.tensor(point).toProto());
      } else {
        cutter.feed(feed.target());
      }
    }
    return cutter;
  }
}
