package layertap.model.restore;

import java.io.Serializable;

/**
 * A constant that takes the path of an asset, wherever it lies at run time.
 *
 * @param node name of the constant
 * @param path of the asset in the SavedModel, as {@code assets/vocabulary.txt}
 */
public record AssetConstant(String node, String path) implements Serializable {}
