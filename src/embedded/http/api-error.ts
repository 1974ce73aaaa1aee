/**
 * A refused request, with forkd's status and words. forkd answers in two voices: JSON `{"error"}`
 * for what its handlers refuse, plain text for what its request parsing refuses.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly voice: 'json' | 'text';

  constructor(status: number, message: string, voice: 'json' | 'text' = 'json') {
    super(message);
    this.status = status;
    this.voice = voice;
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, message);
export const unauthorized = (message: string): ApiError => new ApiError(401, message);
export const notFound = (what: string): ApiError => new ApiError(404, `${what} not found`);
export const conflict = (message: string): ApiError => new ApiError(409, message);
export const serverError = (message: string): ApiError => new ApiError(500, message);

/** The answer to whatever forkd can do with a microVM and nobody can do with a process. */
export const notImplemented = (method: string, path: string): ApiError =>
  new ApiError(
    501,
    `${method} ${path} is not implemented by the embedded controller (process fork); it needs a real forkd`,
  );

/** The body is not JSON. */
export const unparsable = (reason: string): ApiError =>
  new ApiError(400, `Failed to parse the request body as JSON: ${reason}`, 'text');

/** The body is JSON of another shape. */
export const unprocessable = (reason: string): ApiError =>
  new ApiError(422, `Failed to deserialize the JSON body into the target type: ${reason}`, 'text');

export const unsupportedMediaType = (): ApiError =>
  new ApiError(415, 'Expected request with `Content-Type: application/json`', 'text');

export const bodyTooLarge = (): ApiError =>
  new ApiError(413, 'Failed to buffer the request body: length limit exceeded', 'text');
