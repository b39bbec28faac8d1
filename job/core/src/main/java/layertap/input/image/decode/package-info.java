/** Files of images: their formats, their sizes, and decoders of what TensorFlow does not decode. */
package layertap.input.image.decode;
