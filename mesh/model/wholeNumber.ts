/**
 * A number without a fraction, such as a port. Languages that tell both apart have it as an integer.
 *
 * @asType integer
 */
export type WholeNumber = number;
