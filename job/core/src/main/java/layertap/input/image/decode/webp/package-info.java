/** What a lossless WebP asks of its decoder, read before it is decoded. */
package layertap.input.image.decode.webp;
